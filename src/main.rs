//! The `quorate` command: the library with the protocols and the figures that it comes with.

mod figures;

use std::process::ExitCode;

fn main() -> ExitCode {
    quorate::main_with_suite(models::PROTOCOLS, &figures::SUITE)
}

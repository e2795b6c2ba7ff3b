//! A model that panics is an error with a place, and never a verdict; so is a mistake in the
//! program itself.
//!
//! This test is a program that runs itself: with the variable below it is a command line whose
//! protocol panics.

use std::borrow::Cow;
use std::process::{Command, ExitCode};

use quorate::checker::system::{Condition, Environment, Property, Protocol};
use quorate::models::registry::{Bug, Describe, Scope};
use quorate::stateright::actor::{Actor, Id, Out};

const AS_COMMAND: &str = "QUORATE_TEST_PANICS";

fn main() -> ExitCode {
    if std::env::var_os(AS_COMMAND).is_some() {
        return quorate::main(&[&Broken]);
    }
    let search = run("in-the-handler");
    assert_eq!(search["error"]["kind"], "model", "{search}");
    assert_eq!(search["error"]["message"], "the model panicked: the handler is broken");
    let hint = search["error"]["hint"].as_str().expect("a hint");
    assert!(hint.contains("tests/panics.rs:"), "{hint}");

    let outside = run("at-the-beginning");
    assert_eq!(outside["error"]["kind"], "internal", "{outside}");
    let message = outside["error"]["message"].as_str().expect("a message");
    assert!(message.contains("the beginning is broken (at tests/panics.rs:"), "{message}");
    ExitCode::SUCCESS
}

fn run(bug: &str) -> serde_json::Value {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["check", "broken", "--bug", bug, "--format", "json"])
        .env(AS_COMMAND, "1")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

struct Broken;

quorate::models::bounds! {
    /// None that matters.
    pub struct Bounds {
        /// nothing
        nothing: 0..=1 = 0,
    }
}

impl Describe for Broken {
    type Protocol = Sender;
    type Bounds = Bounds;
    const NAME: &'static str = "broken";
    const PAPER: &'static str = "none";
    const SUMMARY: &'static str = "a protocol that panics";

    fn scopes(&self) -> Vec<Scope<Bounds>> {
        let (bounds, script) = (Bounds::default(), Vec::new());
        vec![Scope { name: "default", summary: "", bounds, script }]
    }

    fn bugs(&self) -> &'static [Bug] {
        const fn bug(name: &'static str) -> Bug {
            Bug { name, breaks: "anything", scope: "default", summary: "", seen_in: "" }
        }
        const { &[bug("in-the-handler"), bug("at-the-beginning")] }
    }

    fn protocol(&self, _: &Bounds, bug: Option<&'static str>) -> Sender {
        assert!(bug != Some("at-the-beginning"), "the beginning is broken");
        Sender
    }
}

struct Sender;

impl Actor for Sender {
    type Msg = ();
    type State = ();
    type Timer = ();
    type Storage = ();
    type Random = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) {
        out.send(id, ());
    }

    fn on_msg(&self, _: Id, _: &mut Cow<()>, _: Id, (): (), _: &mut Out<Self>) {
        panic!("the handler is broken");
    }
}

impl Protocol for Sender {
    type Actor = Sender;
    type Aux = ();

    fn actors(&self) -> Vec<Sender> {
        vec![Sender]
    }

    fn environment(&self) -> Environment {
        Environment::default()
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("anything", "nothing", Condition::Aux(|_, ()| true))]
    }

    fn initial_aux(&self) {}
}

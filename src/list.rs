//! `list`: what there is.

use models::registry::find;

use crate::args::ListArgs;
use crate::cli::Context;
use crate::error::{Exit, Failure};
use crate::output;

pub(crate) fn run(context: &Context, args: &ListArgs) -> Result<Exit, Failure> {
    let one = args.protocol.as_deref().map(|name| find(context.registry, name)).transpose()?;
    let listed = one.as_ref().map_or(context.registry, std::slice::from_ref);
    let text = match (args.format.is_json(), one) {
        (true, _) => output::json::list(listed)?,
        (false, Some(protocol)) => output::list::detail(context, protocol),
        (false, None) => output::list::overview(context),
    };
    output::print(&text)?;
    Ok(Exit::Holds)
}

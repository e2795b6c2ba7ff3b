//! What there is, for people: the protocols at a glance, and one in detail.

use checker::system::Kind;
use models::registry::Listed;

use super::text::{BOLD, DIM, paragraph, table, width};
use crate::cli::Context;

pub(crate) fn overview(context: &Context) -> String {
    let program = context.program();
    let Some(first) = context.registry.first() else {
        return format!("{program} has no protocols.\n");
    };
    let mut text = format!("{BOLD}Protocols{BOLD:#}\n");
    for protocol in context.registry {
        text += &format!("\n  {BOLD}{}{BOLD:#}\n", protocol.name());
        text += &paragraph("    ", protocol.summary(), width());
        text += &paragraph("    paper       ", protocol.paper(), width());
        let scopes: Vec<_> = protocol.scopes().iter().map(|scope| scope.name).collect();
        text += &paragraph("    scopes      ", &scopes.join(", "), width());
        let properties = protocol.properties();
        let always = properties.iter().filter(|p| p.kind == Kind::Always).count();
        let counts = format!("{always} always, {} sometimes", properties.len() - always);
        text += &paragraph("    properties  ", &counts, width());
        let bugs: Vec<_> = protocol.bugs().iter().map(|bug| bug.name).collect();
        let bugs = if bugs.is_empty() { "none".to_owned() } else { bugs.join(", ") };
        text += &paragraph("    seeded bugs ", &bugs, width());
    }
    text + &format!(
        "\n`{program} list {}` shows one in detail, `{program} check {}` checks it.\n",
        first.name(),
        first.name()
    )
}

pub(crate) fn detail(context: &Context, protocol: &'static dyn Listed) -> String {
    let (program, name) = (context.program(), protocol.name());
    let mut text = format!("{BOLD}{name}{BOLD:#}\n");
    text += &paragraph("  ", protocol.summary(), width());
    text += &paragraph("  paper: ", protocol.paper(), width());
    text += &scopes(protocol);
    text += &bounds(protocol);
    text += &properties(protocol);
    text += &bugs(protocol);
    text += &format!("\n`{program} check {name}` checks the scope `default`");
    if let Some(bug) = protocol.bugs().first() {
        text += &format!(", `{program} check {name} --bug {}` finds a bug", bug.name);
    }
    text + ".\n"
}

fn heading(title: &str, option: &str) -> String {
    format!("\n{BOLD}{title}{BOLD:#}{DIM}{option}{DIM:#}\n")
}

fn scopes(protocol: &dyn Listed) -> String {
    let mut text = heading("Scopes", " (--scope)");
    for scope in protocol.scopes() {
        text += &format!("  {BOLD}{}{BOLD:#}\n", scope.name);
        text += &paragraph("    ", scope.summary, width());
        let bounds = scope.bounds.iter().map(|(name, value)| format!("{name} {value}"));
        text += &paragraph("    bounds: ", &bounds.collect::<Vec<_>>().join(", "), width());
        if scope.prefix_steps > 0 {
            let behind = format!("begins behind a script of {} steps", scope.prefix_steps);
            text += &paragraph("    ", &behind, width());
        }
    }
    text
}

fn bounds(protocol: &dyn Listed) -> String {
    let rows = protocol.bounds().iter().map(|spec| {
        vec![spec.name.to_owned(), format!("{} to {}", spec.min, spec.max), spec.summary.to_owned()]
    });
    heading("Bounds", " (--set)") + &table(&rows.collect::<Vec<_>>())
}

fn properties(protocol: &dyn Listed) -> String {
    let mut text = heading("Properties", "");
    for property in protocol.properties() {
        text +=
            &format!("  {BOLD}{}{BOLD:#} {DIM}({}){DIM:#}\n", property.name, property.kind.name());
        text += &paragraph("    ", property.statement, width());
    }
    text
}

fn bugs(protocol: &dyn Listed) -> String {
    if protocol.bugs().is_empty() {
        return String::new();
    }
    let mut text = heading("Seeded bugs", " (--bug)");
    for bug in protocol.bugs() {
        text += &format!("  {BOLD}{}{BOLD:#}\n", bug.name);
        text += &paragraph("    ", bug.summary, width());
        let breaks = format!("`{}`, found in the scope `{}`", bug.breaks, bug.scope);
        text += &paragraph("    breaks  ", &breaks, width());
        if !bug.seen_in.is_empty() {
            text += &paragraph("    in practice ", bug.seen_in, width());
        }
    }
    text
}

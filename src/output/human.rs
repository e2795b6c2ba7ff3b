//! The report of a check for people: the verdict first, then what it covers, then what it cost.

use checker::search::{Cut, PropertyReport, PropertyVerdict};
use checker::system::{Kind, NetworkKind};
use checker::{Engine, Verdict};
use models::registry::{EventView, Instance, Replayed, StateView};

use super::counterexample::{self, Shown};
use super::text::{
    BAD, BOLD, DIM, GOOD, OPEN, UNBROKEN, and, bytes, counted, paragraph, probability, seconds,
    table, thousands, width,
};
use crate::check::Run;

type Report = PropertyReport<StateView, EventView>;

pub(crate) fn check(run: &Run<'_>) -> String {
    let mut text = first_line(run);
    text += "\n";
    text += &scope(run);
    text += "\n";
    text += &properties(run);
    text += "\n";
    if run.args.coverage {
        text += &coverage(run);
        text += "\n";
    }
    text += &cost(run);
    text += "\n";
    for sentence in meaning(run) {
        text += &paragraph("  ", &sentence, width());
    }
    if let Some((name, path)) = run.checked.report.counterexample() {
        let properties = run.instance.properties();
        if let Some(property) = properties.into_iter().find(|property| property.name == name) {
            let prefix_steps = run.checked.prefix_steps;
            text += "\n";
            text += &counterexample::show(&Shown { property, prefix_steps, path }, width());
        }
        text += &format!("\n{BOLD}To see it again:{BOLD:#}\n");
        for command in &run.replay {
            text += &format!("  {command}\n");
        }
    }
    text
}

pub(crate) fn replay(instance: &dyn Instance, replayed: &Replayed) -> String {
    let (property, prefix_steps) = (replayed.property, replayed.prefix_steps);
    let steps = counted((replayed.path.len() - prefix_steps) as u64, "step");
    let what = match property.kind {
        Kind::Always => "is violated",
        Kind::Sometimes => "is reached",
    };
    let subject = subject(instance);
    let name = property.name;
    let mut text = format!("{BAD}{subject}: confirmed, `{name}` {what} after {steps}{BAD:#}\n\n");
    text += &paragraph("  bounds  ", &bounds(instance), width());
    text += "\n";
    text + &counterexample::show(&Shown { property, prefix_steps, path: &replayed.path }, width())
}

fn subject(instance: &dyn Instance) -> String {
    let bug = instance.bug().map(|bug| format!(" with the bug `{}`", bug.name));
    format!("{}{}, scope {}", instance.protocol(), bug.unwrap_or_default(), instance.scope())
}

fn bounds(instance: &dyn Instance) -> String {
    let bounds =
        instance.bounds().into_iter().map(|(name, value)| format!("{name}{UNBROKEN}{value}"));
    bounds.collect::<Vec<_>>().join(", ")
}

/// The verdict as a sentence.
fn first_line(run: &Run<'_>) -> String {
    let report = &run.checked.report;
    let states = thousands(report.distinct);
    let (style, verdict) = match report.verdict {
        Verdict::Holds => (GOOD, format!("every property holds in all {}", reachable(run))),
        Verdict::Violated => (BAD, violated(run)),
        Verdict::Inconclusive => {
            (OPEN, format!("inconclusive, {} after {states} states", cut(run)))
        }
    };
    format!("{style}{}: {verdict}{style:#}\n", subject(run.instance))
}

/// All states of a search that met them all.
fn reachable(run: &Run<'_>) -> String {
    let report = &run.checked.report;
    let states = thousands(report.unreduced.unwrap_or(report.distinct));
    match run.options.symmetry && report.unreduced.is_none() {
        true => format!("{states} reachable states up to renaming"),
        false => format!("{states} reachable states"),
    }
}

fn violated(run: &Run<'_>) -> String {
    let report = &run.checked.report;
    let mut violated = report.properties.iter().filter(|p| p.verdict == PropertyVerdict::Violated);
    // The one whose counterexample is shown, if there is one.
    let shown = report.counterexample().map(|(name, _)| name);
    let first = match shown {
        Some(name) => report.property(name),
        None => violated.clone().next(),
    };
    let Some(first) = first else { return "violated".to_owned() };
    let others = violated.by_ref().count().saturating_sub(1);
    let mut text = match steps(run, first) {
        Some(steps) => {
            format!("`{}` is violated after {}", first.name, counted(steps as u64, "step"))
        }
        None => format!("`{}` is reached in none of the {}", first.name, reachable(run)),
    };
    match others {
        0 => {}
        1 => text += ", and another property is violated too",
        others => text += &format!(", and {others} other properties are violated too"),
    }
    text
}

fn cut(run: &Run<'_>) -> String {
    match run.checked.report.cut {
        Some(Cut::Interrupt) => "interrupted".to_owned(),
        Some(limit) => format!("--{limit} was reached"),
        None => "the search ended".to_owned(),
    }
}

fn scope(run: &Run<'_>) -> String {
    let mut text = paragraph("  bounds  ", &bounds(run.instance), width());
    if let Some(bug) = run.instance.bug() {
        text += &paragraph("  bug     ", bug.summary, width());
    }
    if run.checked.prefix_steps > 0 {
        let steps = counted(run.checked.prefix_steps as u64, "step");
        let prefix = format!("begins behind a script of {steps}; steps are counted from its end");
        text += &paragraph("  script  ", &prefix, width());
    }
    text
}

/// How many steps behind the scope's script a property was violated or reached.
fn steps(run: &Run<'_>, property: &Report) -> Option<usize> {
    property.path.as_ref().map(|path| path.len() - run.checked.prefix_steps)
}

fn properties(run: &Run<'_>) -> String {
    let described = run.instance.properties();
    let kind = |name: &str| {
        described.iter().find(|property| property.name == name).map_or("", |p| p.kind.name())
    };
    let head = ["property", "kind", "verdict", "steps"].map(str::to_owned).to_vec();
    let rows = run.checked.report.properties.iter().map(|property| {
        vec![
            property.name.to_owned(),
            kind(property.name).to_owned(),
            property.verdict.name().to_owned(),
            steps(run, property).map_or_else(String::new, |steps| steps.to_string()),
        ]
    });
    let text = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    let mut lines = text.lines();
    let mut styled = format!("{DIM}{}{DIM:#}\n", lines.next().unwrap_or_default());
    for (line, property) in lines.zip(&run.checked.report.properties) {
        styled += &match property.verdict {
            PropertyVerdict::Violated => format!("{BAD}{line}{BAD:#}\n"),
            PropertyVerdict::Inconclusive => format!("{DIM}{line}{DIM:#}\n"),
            PropertyVerdict::Holds | PropertyVerdict::Reached => format!("{line}\n"),
        };
    }
    styled
}

/// How often each kind of event fired.
fn coverage(run: &Run<'_>) -> String {
    let never = if run.checked.report.complete { "never" } else { "not yet" };
    let head = ["event", "of", "fired"].map(str::to_owned).to_vec();
    let rows = run.checked.coverage.iter().map(|covered| {
        let fired = if covered.fired == 0 { never.to_owned() } else { thousands(covered.fired) };
        let subject = covered.subject().unwrap_or_default();
        vec![covered.kind.to_owned(), subject.to_owned(), fired]
    });
    let text = table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    let mut lines = text.lines();
    let mut styled = format!("{DIM}{}{DIM:#}\n", lines.next().unwrap_or_default());
    for (line, covered) in lines.zip(&run.checked.coverage) {
        styled += &match covered.fired {
            0 => format!("{OPEN}{line}{OPEN:#}\n"),
            _ => format!("{line}\n"),
        };
    }
    styled
}

fn cost(run: &Run<'_>) -> String {
    let report = &run.checked.report;
    let threads = counted(report.threads as u64, "thread");
    let seed = run.seed().map_or_else(String::new, |seed| format!(", seed {seed}"));
    [
        format!(
            "  {} distinct states{}, {} generated, depth {}{}\n",
            thousands(report.distinct),
            renaming(run),
            thousands(report.generated),
            report.depth,
            // The others may have come to a state by a longer way than the shortest.
            if report.engine == Engine::Quorate { "" } else { " on the ways taken" }
        ),
        format!(
            "  {}, {} states/s, {} at the peak, {threads}, engine {}{seed}\n",
            seconds(report.elapsed.as_secs_f64()),
            thousands(run.states_per_second()),
            bytes(run.peak_memory),
            report.engine
        ),
        match report.exact {
            true => "  exact: no state can have been taken for another\n".to_owned(),
            false => format!(
                "  probability that a fingerprint collision hid a state: {}\n",
                probability(report.collision_probability)
            ),
        },
    ]
    .concat()
}

/// What distinct states are, where they are not those of the system.
fn renaming(run: &Run<'_>) -> String {
    match (run.options.symmetry, run.checked.report.unreduced) {
        (false, _) => String::new(),
        (true, None) => " up to renaming".to_owned(),
        (true, Some(states)) => format!(" up to renaming (they stand for {})", thousands(states)),
    }
}

/// What the verdict says and what it does not.
fn meaning(run: &Run<'_>) -> Vec<String> {
    let report = &run.checked.report;
    match report.verdict {
        Verdict::Holds => holds(run),
        Verdict::Violated if report.complete => {
            let mut sentences =
                vec!["Every state that this scope can reach was explored.".to_owned()];
            sentences.push(cut_off(run));
            sentences
        }
        Verdict::Violated if report.cut.is_some() => {
            vec![format!(
                "The violation is certain. The search went on and {}, so other properties may be \
                 open.",
                cut(run)
            )]
        }
        Verdict::Violated => vec![format!(
            "The search stopped at the violation{}; `--keep-going` explores on.",
            if report.engine.finds_shortest() { ", which is a shortest one" } else { "" }
        )],
        Verdict::Inconclusive => inconclusive(run),
    }
}

/// Which bounds have left something out.
fn cut_off(run: &Run<'_>) -> String {
    match run.checked.bounds_reached.as_slice() {
        [] => "No bound cut anything off.".to_owned(),
        [one] => {
            format!("The bound {one} cut behaviour off: what happens beyond it was not explored.")
        }
        bounds => format!(
            "The bounds {} cut behaviour off: what happens beyond them was not explored.",
            and(bounds)
        ),
    }
}

fn holds(run: &Run<'_>) -> Vec<String> {
    let mut sentences = vec![
        "Every state that this scope can reach was explored. The verdict is about this scope and \
         says nothing of a larger one."
            .to_owned(),
    ];
    sentences.push(cut_off(run));
    if let Some(bug) = run.instance.bug() {
        sentences.push(format!(
            "The bug `{}` breaks no property within these bounds. It breaks `{}` in the scope `{}` as it is.",
            bug.name, bug.breaks, bug.scope
        ));
    }
    if run.options.symmetry {
        let sentence = "Of states that differ only in the names of interchangeable actors, one was \
                        explored for all.";
        sentences.push(sentence.to_owned());
    }
    let environment = run.instance.environment();
    sentences.push(match (environment.rounds, environment.network) {
        (true, _) => "No messages stay in flight in this scope: a message arrives at once or is \
                      lost. What a delayed message can do was not explored."
            .to_owned(),
        (false, NetworkKind::Unordered) => {
            "Messages arrive in any order. One that is never delivered is a lost one, so the \
             `always` properties cover the loss of any message."
                .to_owned()
        }
        (false, NetworkKind::Ordered) => format!(
            "Messages between two actors keep their order, and the network loses at most {} in a \
             run.",
            environment.losses
        ),
    });
    sentences
}

fn inconclusive(run: &Run<'_>) -> Vec<String> {
    let report = &run.checked.report;
    let mut sentences = Vec::new();
    // Our own search finishes a level before it begins the next.
    let judged = match report.cut {
        Some(Cut::Depth) => report.depth,
        _ => report.depth.saturating_sub(1),
    };
    if report.engine == Engine::Quorate {
        sentences.push(format!(
            "Nothing is violated within {} of the beginning. Beyond, nothing is certain.",
            counted(judged.into(), "step")
        ));
    } else {
        sentences.push("Nothing violated was found, and nothing is certain.".to_owned());
    }
    let is_depth_first = matches!(report.engine, Engine::QuorateDfs | Engine::StaterightDfs);
    if is_depth_first && report.cut == Some(Cut::Depth) {
        sentences.push(
            "Depth-first, a state may first be met at the limit although it is near, and what lies \
             behind it was left out: --engine quorate judges every state within --max-depth."
                .to_owned(),
        );
    }
    sentences.push(match report.cut {
        None => "Random walks can find a violation and can never show that there is none: choose \
                 another --engine for that."
            .to_owned(),
        Some(Cut::Interrupt) => {
            "Let it run to its end, or choose a smaller --scope or smaller bounds with --set."
                .to_owned()
        }
        Some(limit) => {
            format!("Raise --{limit}, or choose a smaller --scope or smaller bounds with --set.")
        }
    });
    sentences
}

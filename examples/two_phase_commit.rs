//! Two-phase commit, after "Consensus on Transaction Commit" (Gray and Lamport, ACM TODS 2006), as a
//! plain model of stateright: no actors, but states, actions and a function from one state to the
//! next. A transaction manager asks resource managers whether all of them can commit.
//!
//! Sets of managers are bits and messages are never taken back, so that a state is ten bytes: a
//! search of a plain model clones and hashes states most of its time.
//!
//! `cargo run --release --example two_phase_commit -- 7` checks it with seven resource managers.

use std::error::Error;
use std::sync::Arc;

use quorate::checker::{Options, Report, Watch, search};
use quorate::stateright::{Model, Property};

/// A transaction among this many resource managers, at most sixteen.
#[derive(Clone, Copy, Debug)]
pub struct Transaction {
    /// How many there are.
    pub managers: u8,
}

/// A set of resource managers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Managers(u16);

impl Managers {
    fn first(count: u8) -> Managers {
        Managers(((1u32 << count) - 1) as u16)
    }

    fn contains(self, manager: u8) -> bool {
        self.0 & 1 << manager != 0
    }

    fn insert(&mut self, manager: u8) {
        self.0 |= 1 << manager;
    }

    fn remove(&mut self, manager: u8) {
        self.0 &= !(1 << manager);
    }

    fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What the transaction manager has decided. It sends its decision in the same step, so this is
/// both its state and the message that everybody can receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Everybody is to commit.
    Commit,
    /// Everybody is to abort.
    Abort,
}

/// A state of the whole system. A resource manager in none of the first three sets is working.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The resource managers that can commit, and wait.
    prepared: Managers,
    committed: Managers,
    aborted: Managers,
    /// Those that have sent "prepared".
    sent: Managers,
    /// Those whose "prepared" the transaction manager has received.
    heard: Managers,
    decision: Option<Decision>,
}

impl State {
    fn is_working(&self, manager: u8) -> bool {
        let settled = [self.prepared, self.committed, self.aborted];
        !settled.iter().any(|managers| managers.contains(manager))
    }

    /// A resource manager reaches one of the two ends.
    fn settle(&mut self, manager: u8, decision: Decision) {
        for managers in [&mut self.prepared, &mut self.committed, &mut self.aborted] {
            managers.remove(manager);
        }
        match decision {
            Decision::Commit => self.committed.insert(manager),
            Decision::Abort => self.aborted.insert(manager),
        }
    }
}

/// What can happen. A resource manager is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The transaction manager receives that a resource manager is prepared.
    Hear(u8),
    /// The transaction manager, having heard all or having had enough, decides.
    Decide(Decision),
    /// A resource manager is ready to commit and says so.
    Prepare(u8),
    /// A resource manager aborts on its own.
    GiveUp(u8),
    /// A resource manager receives the decision.
    Obey(u8),
}

impl Model for Transaction {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::default()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.decision.is_none() {
            if state.heard == Managers::first(self.managers) {
                actions.push(Action::Decide(Decision::Commit));
            }
            actions.push(Action::Decide(Decision::Abort));
        }
        for manager in 0..self.managers {
            if state.decision.is_none() && state.sent.contains(manager) {
                actions.push(Action::Hear(manager));
            }
            if state.is_working(manager) {
                actions.extend([Action::Prepare(manager), Action::GiveUp(manager)]);
            }
            if state.decision.is_some() {
                actions.push(Action::Obey(manager));
            }
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = *state;
        match action {
            Action::Hear(manager) => next.heard.insert(manager),
            Action::Decide(decision) => next.decision = Some(decision),
            Action::Prepare(manager) => {
                next.prepared.insert(manager);
                next.sent.insert(manager);
            }
            Action::GiveUp(manager) => next.settle(manager, Decision::Abort),
            Action::Obey(manager) => next.settle(manager, state.decision?),
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nobody commits what another aborts", |_, state: &State| {
                state.committed.is_empty() || state.aborted.is_empty()
            }),
            Property::sometimes("all commit", |model: &Transaction, state: &State| {
                state.committed == Managers::first(model.managers)
            }),
            Property::sometimes("all abort", |model: &Transaction, state: &State| {
                state.aborted == Managers::first(model.managers)
            }),
        ]
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let managers = std::env::args().nth(1).map_or(Ok(7), |text| text.parse())?;
    if !(1..=16).contains(&managers) {
        return Err("the number of resource managers is 1 to 16".into());
    }
    let report = search(&Arc::new(Transaction { managers }), &Options::default(), &Watch::new())?;
    print(managers, &report);
    Ok(())
}

fn print(managers: u8, report: &Report<State, Action>) {
    println!("two-phase commit, {managers} resource managers: {}", report.verdict.name());
    for property in &report.properties {
        println!("  {}: {}", property.name, property.verdict.name());
    }
    let Report { distinct, generated, depth, .. } = report;
    println!("  {distinct} distinct states, {generated} generated, depth {depth}");
}

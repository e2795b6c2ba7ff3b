//! The figures that Quorate is held to: what `quorate bench` compares. This is the program's own
//! list, so it names protocols; the library behind it knows none.

#[allow(dead_code)] // Its `main` is that of the example.
#[path = "../../examples/paxos.rs"]
mod paxos;
mod raft_actors;
#[allow(dead_code)]
#[path = "../../examples/two_phase_commit.rs"]
mod two_phase_commit;

use std::sync::Arc;

use checker::Engine::{self, Quorate, StaterightBfs, StaterightDfs};
use quorate::suite::{Contestant, Line, Model, Subject, Suite, counts};

/// What `quorate bench` compares.
pub(crate) static SUITE: Suite = Suite {
    lines: &[
        Line {
            name: "paxos",
            title: "single-decree Paxos on stateright's ActorModel, linearizability",
            subject: model("paxos", 3),
            quick: model("paxos", 2),
            contestants: ONE_THREAD,
        },
        Line {
            name: "raft",
            title: "Raft as a system of Quorate's, which is a Model to stateright",
            subject: raft("default", &[]),
            quick: raft("small", &[]),
            contestants: ONE_THREAD,
        },
        Line {
            name: "raft-actors",
            title: "Raft on stateright's ActorModel",
            subject: model("raft-actors", 2),
            quick: model("raft-actors", 1),
            contestants: ONE_THREAD,
        },
        Line {
            name: "two-phase-commit",
            title: "two-phase commit as a plain Model",
            subject: model("two-phase-commit", 8),
            quick: model("two-phase-commit", 5),
            contestants: ONE_THREAD,
        },
        Line {
            name: "paxos-threads",
            title: "Paxos as above, two threads each",
            subject: model("paxos", 3),
            quick: model("paxos", 2),
            contestants: TWO_THREADS,
        },
        Line {
            name: "raft-threads",
            title: "Raft as above, two threads each",
            subject: raft("default", &[]),
            quick: raft("small", &[]),
            contestants: TWO_THREADS,
        },
        Line {
            name: "scaling",
            title: "Raft with more states: two threads against one",
            subject: raft("default", &[("duplicates", 2)]),
            quick: raft("small", &[("duplicates", 1)]),
            contestants: &[on(Quorate, 2), on(Quorate, 1)],
        },
    ],
    models: &[
        Model {
            name: "paxos",
            unit: "clients",
            check: |clients, options, watch| {
                paxos::check(clients.into(), options, watch).map(counts)
            },
        },
        Model {
            name: "raft-actors",
            unit: "terms",
            check: |terms, options, watch| raft_actors::check(terms, options, watch).map(counts),
        },
        Model {
            name: "two-phase-commit",
            unit: "resource managers",
            check: |managers, options, watch| {
                let transaction = Arc::new(two_phase_commit::Transaction { managers });
                checker::search(&transaction, options, watch).map(counts)
            },
        },
    ],
};

const ONE_THREAD: &[Contestant] = &[on(Quorate, 1), on(StaterightBfs, 1)];
const TWO_THREADS: &[Contestant] = &[on(Quorate, 2), on(StaterightBfs, 2), on(StaterightDfs, 2)];

const fn on(engine: Engine, threads: usize) -> Contestant {
    Contestant { engine, threads }
}

const fn model(name: &'static str, size: u8) -> Subject {
    Subject::Model { name, size }
}

const fn raft(scope: &'static str, set: &'static [(&'static str, u8)]) -> Subject {
    Subject::Protocol { name: "raft", scope, set }
}

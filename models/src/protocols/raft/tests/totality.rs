//! Properties have an answer for every state, also for those that only a bug can produce: a seeded
//! bug must be found, and not stop the search.

use std::sync::Arc;

use checker::system::{Cause, Local, Network, Protocol, Running, Spent, Step, SystemState};

use super::*;
use crate::protocols::raft::bugs::{BUGS, Flaw};
use crate::protocols::raft::history::{Commit, History, Leadership, Remarkable};
use crate::protocols::raft::{Bounds, Cluster};

/// A generator of numbers (SplitMix64), so that a seed is the whole of a failing case.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a limit.
    fn below(&mut self, limit: u8) -> u8 {
        (self.next() % u64::from(limit)) as u8
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn list<T>(&mut self, most: u8, mut item: impl FnMut(&mut Random) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| item(self)).collect()
    }

    fn name(&mut self) -> Name {
        Name(self.below(3))
    }

    fn entry(&mut self) -> Entry {
        Entry { term: self.below(4), command: self.below(3) }
    }

    fn log(&mut self) -> Vec<Entry> {
        self.list(4, Random::entry)
    }

    /// Any state at all: no variable knows of another.
    fn state(&mut self) -> State {
        let role = match self.below(3) {
            0 => Role::Follower,
            1 => Role::Candidate {
                votes: self
                    .list(3, Random::name)
                    .into_iter()
                    .fold(Servers::default(), Servers::with),
            },
            _ => Role::Leader {
                next_index: self.list(3, |random| random.below(7)),
                match_index: self.list(3, |random| random.below(7)),
            },
        };
        State {
            persistent: Persistent {
                current_term: self.below(4),
                voted_for: self.coin().then(|| self.name()),
                log: self.log(),
            },
            commit_index: self.below(7),
            last_applied: self.below(7),
            role,
        }
    }

    /// A history that no run need have; as always, its lists are sorted sets.
    fn history(&mut self) -> History {
        fn set<T: Ord>(mut items: Vec<T>) -> Vec<T> {
            items.sort_unstable();
            items.dedup();
            items
        }
        History {
            leaders: set(self.list(4, |random| Leadership {
                term: random.below(4),
                server: random.name(),
                log: random.log(),
            })),
            committed: set(self.list(4, |random| Commit {
                // Nothing is ever committed before the first entry.
                index: 1 + random.below(6),
                entry: random.entry(),
                term: random.below(4),
            })),
            applied: set(self.list(4, |random| (random.below(7), random.entry()))),
            leader_rewrote: self.coin(),
            commit_index_went_back: self.coin(),
            term_went_back: self.coin(),
            remarkable: [
                None,
                Some(Remarkable::SuffixOverwritten),
                Some(Remarkable::CrashedLeaderFollows),
            ][usize::from(self.below(3))],
        }
    }

    fn system_state(&mut self, servers: u8) -> SystemState<Cluster> {
        let mut local = |_| {
            let running = self.coin().then(|| Running {
                state: self.state(),
                timers: Vec::new(),
                choices: Vec::new(),
            });
            let storage = self.coin().then(|| self.state().persistent);
            Arc::new(Local { running, storage })
        };
        SystemState {
            locals: (0..servers).map(&mut local).collect(),
            network: Network::Unordered(Vec::new()),
            aux: Arc::new(self.history()),
            spent: Spent::default(),
        }
    }
}

/// A cluster that is asked about all properties that there are.
fn cluster(flaw: Option<Flaw>) -> Cluster {
    Cluster { bounds: Bounds { commands: 2, ..Bounds::default() }, flaw }
}

#[test]
fn every_property_has_an_answer_for_every_state() {
    let cluster = cluster(None);
    let properties = cluster.properties();
    let mut answers = vec![[0_u32; 2]; properties.len()];
    for seed in 0..20_000 {
        let state = Random(seed).system_state(3);
        for (property, answers) in properties.iter().zip(&mut answers) {
            answers[usize::from(property.is_satisfied(&cluster, &state))] += 1;
        }
    }
    // Had a property only one answer, these states would be a poor test of it.
    for (property, [no, yes]) in properties.iter().zip(answers) {
        assert!(no > 0 && yes > 0, "{}: {no} times false, {yes} times true", property.name);
    }
}

#[test]
fn every_step_can_be_recorded() {
    for seed in 0..20_000 {
        let mut random = Random(seed);
        let history = random.history();
        let (before, after) = (random.state(), random.state());
        let message = append(random.below(4), (random.below(4), random.below(4)), "1", 1);
        let causes = [
            Cause::Start,
            Cause::Restart,
            Cause::Timeout(&Timer::Election),
            Cause::Message { from: Id::from(1), message: &message },
        ];
        let step = Step {
            actor: Id::from(usize::from(random.name().0)),
            cause: causes[usize::from(random.below(4))],
            before: random.coin().then_some(&before),
            after: random.coin().then_some(&after),
            sent: &[],
        };
        let cluster = cluster(None);
        let mut recorded = Cow::Borrowed(&history);
        cluster.begin_event(&mut recorded);
        cluster.record(&mut recorded, &step);
        // What the properties rely on.
        assert!(recorded.leaders.is_sorted() && recorded.applied.is_sorted(), "seed {seed}");
        assert!(recorded.committed.iter().all(|commit| commit.index > 0), "seed {seed}");
    }
}

#[test]
fn every_bug_is_a_flaw_of_its_own() {
    let flaws: Vec<_> = BUGS.iter().map(|bug| Flaw::named(bug.name)).collect();
    for (index, flaw) in flaws.iter().enumerate() {
        assert!(flaw.is_some(), "{}", BUGS[index].name);
        assert!(!flaws[..index].contains(flaw), "{}", BUGS[index].name);
        assert!(cluster(*flaw).actors().iter().all(|server| server.flaw == *flaw));
    }
}

//! What a search is asked to do: which engine, on how many threads, within which limits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::fingerprint;

/// Who explores the state space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Our own level-synchronous breadth-first search: exact counts, shortest counterexamples.
    Quorate,
    /// Our own depth-first search, on one thread: exact counts, counterexamples of any length.
    /// With a limit on depth it can leave out what is near, and then says so.
    QuorateDfs,
    /// Our own random walks: they find violations, and can never say "holds".
    QuorateSimulation,
    /// stateright's breadth-first checker, as a cross-check.
    StaterightBfs,
    /// stateright's depth-first checker, as a cross-check.
    StaterightDfs,
    /// stateright's random walks: it finds violations, and can never say "holds".
    StaterightSimulation,
}

impl Engine {
    /// Every engine, the default first.
    pub const ALL: [Engine; 6] = [
        Engine::Quorate,
        Engine::QuorateDfs,
        Engine::QuorateSimulation,
        Engine::StaterightBfs,
        Engine::StaterightDfs,
        Engine::StaterightSimulation,
    ];

    /// The name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Quorate => "quorate",
            Engine::QuorateDfs => "quorate-dfs",
            Engine::QuorateSimulation => "quorate-simulation",
            Engine::StaterightBfs => "stateright-bfs",
            Engine::StaterightDfs => "stateright-dfs",
            Engine::StaterightSimulation => "stateright-simulation",
        }
    }

    /// How many bits tell two states apart.
    pub(super) fn fingerprint_bits(self) -> u32 {
        match self {
            Engine::StaterightBfs | Engine::StaterightDfs => u64::BITS,
            _ => fingerprint::BITS,
        }
    }

    /// Whether it is one of ours: only these can be [exact](Options::exact), and count how often
    /// each kind of action is taken.
    pub fn is_ours(self) -> bool {
        matches!(self, Engine::Quorate | Engine::QuorateDfs | Engine::QuorateSimulation)
    }

    /// Whether it walks at random, from a seed.
    pub fn is_random(self) -> bool {
        matches!(self, Engine::QuorateSimulation | Engine::StaterightSimulation)
    }

    /// Whether it explores on one thread, whatever it is given.
    pub fn is_sequential(self) -> bool {
        self == Engine::QuorateDfs
    }

    /// Whether the first violation that this engine reports is a shortest one.
    pub fn finds_shortest(self) -> bool {
        matches!(self, Engine::Quorate | Engine::StaterightBfs)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(name: &str) -> Result<Engine, String> {
        Engine::ALL.into_iter().find(|engine| engine.name() == name).ok_or_else(|| {
            let names: Vec<_> = Engine::ALL.iter().map(|engine| engine.name()).collect();
            format!("there is no engine `{name}`; the engines are {}", names.join(", "))
        })
    }
}

/// How much a search may spend. Reaching a limit makes the verdict inconclusive, never "holds".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Distinct states; for random walks the states on their ways, repetitions included, because
    /// a walk may go round for ever in a space that is smaller than the limit.
    pub states: Option<u64>,
    /// Steps from an initial state. States at this depth are judged, but not expanded. A random
    /// walk ends there, and another begins; ours ends after 1,000 steps where there is no limit.
    pub depth: Option<u32>,
    /// Wall-clock time of the search.
    pub time: Option<Duration>,
    /// Resident memory of the whole process, in bytes.
    pub memory: Option<u64>,
}

/// What a search is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who explores.
    pub engine: Engine,
    /// Worker threads, at least one. [`Engine::QuorateDfs`] uses one.
    pub threads: usize,
    /// Explore on after a violation, until the space is exhausted or a limit is reached.
    pub keep_going: bool,
    /// Count how often each kind of event is taken ([`Report::coverage`](super::Report::coverage)).
    /// Our own engine only.
    pub coverage: bool,
    /// Tell states apart by all that is in them and not by fingerprints, at the price of time and
    /// memory. With an engine that is not [ours](Engine::is_ours) this is an error.
    pub exact: bool,
    /// Take states for one that differ in nothing but the names of actors that the protocol calls
    /// interchangeable. Our own engine on unordered networks only, and not with `exact`.
    /// What is counted of events is then of the states that were explored.
    pub symmetry: bool,
    /// Explore on after a violation, but only until every property has been shown, an `always`
    /// violated and a `sometimes` reached. It takes precedence over `keep_going`.
    pub until_all_shown: bool,
    /// The seed of random walks; the exhaustive engines do not read it.
    pub seed: u64,
    /// How much may be spent.
    pub limits: Limits,
}

impl Default for Options {
    /// Our own engine on all cores, stopping at the first violation, without limits.
    fn default() -> Self {
        Options {
            engine: Engine::Quorate,
            threads: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
            keep_going: false,
            coverage: false,
            exact: false,
            symmetry: false,
            until_all_shown: false,
            seed: 0,
            limits: Limits::default(),
        }
    }
}

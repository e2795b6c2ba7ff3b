//! What was measured, and how it is summed up: medians, with the least and the most.

use crate::bench::Task;
use crate::suite::Contestant;

/// One run of one engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) distinct: u64,
    pub(crate) seconds: f64,
    /// What the process held beyond a run of a single state.
    pub(crate) bytes: f64,
}

impl Run {
    fn states_per_second(&self) -> f64 {
        // Clocks are coarse, and a report is not infinite.
        self.distinct as f64 / self.seconds.max(1e-6)
    }

    fn bytes_per_state(&self) -> f64 {
        self.bytes / (self.distinct as f64).max(1.0)
    }
}

/// What was measured of one task.
pub(crate) struct Comparison {
    pub(crate) task: Task,
    pub(crate) rows: Vec<Row>,
}

/// What was measured of one engine.
pub(crate) struct Row {
    pub(crate) contestant: Contestant,
    /// Its runs, one per round.
    pub(crate) runs: Vec<Run>,
    /// Why there are no more of them.
    pub(crate) error: Option<String>,
}

/// The median of some numbers, between the least and the most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// `None` of no numbers. Of two in the middle, the median is halfway between.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_by(f64::total_cmp);
        let last = numbers.len().checked_sub(1)?;
        let median = (numbers[last / 2] + numbers[numbers.len() / 2]) / 2.0;
        Some(Spread { median, least: numbers[0], most: numbers[last] })
    }
}

impl Row {
    pub(crate) fn new(contestant: Contestant) -> Row {
        Row { contestant, runs: Vec::new(), error: None }
    }

    /// The number of states: the same in every run of a complete search.
    pub(crate) fn distinct(&self) -> Option<u64> {
        self.runs.first().map(|run| run.distinct)
    }

    pub(crate) fn seconds(&self) -> Option<Spread> {
        Spread::of(self.runs.iter().map(|run| run.seconds))
    }

    pub(crate) fn states_per_second(&self) -> Option<Spread> {
        Spread::of(self.runs.iter().map(Run::states_per_second))
    }

    pub(crate) fn bytes_per_state(&self) -> Option<Spread> {
        Spread::of(self.runs.iter().map(Run::bytes_per_state))
    }
}

impl Comparison {
    /// How many rounds every engine has run.
    pub(crate) fn rounds(&self) -> usize {
        let sound = self.rows.iter().filter(|row| row.error.is_none());
        sound.map(|row| row.runs.len()).min().unwrap_or(0)
    }

    /// Whether the engines found the same states, as far as one can count.
    pub(crate) fn agrees(&self) -> bool {
        let mut counts = self.rows.iter().flat_map(|row| &row.runs).map(|run| run.distinct);
        let first = counts.next();
        counts.all(|count| Some(count) == first)
    }

    /// The time of an engine as a multiple of the first one's.
    pub(crate) fn time_ratio(&self, row: &Row) -> Option<Spread> {
        self.ratio(row, |run| run.seconds.max(1e-6))
    }

    /// The memory of an engine as a multiple of the first one's.
    pub(crate) fn memory_ratio(&self, row: &Row) -> Option<Spread> {
        self.ratio(row, |run| run.bytes)
    }

    /// Round by round, so that what slowed the machine down for a while slowed both sides. None
    /// where the first engine has nothing to compare with.
    fn ratio(&self, row: &Row, of: fn(&Run) -> f64) -> Option<Spread> {
        let rounds = self.rows.first()?.runs.iter().zip(&row.runs);
        if rounds.clone().any(|(first, _)| of(first) <= 0.0) {
            return None;
        }
        Spread::of(rounds.map(|(first, run)| of(run) / of(first)))
    }
}

#[cfg(test)]
mod tests {
    use checker::Engine;

    use super::*;

    fn row(runs: &[(f64, f64)]) -> Row {
        let run = |&(seconds, bytes): &(f64, f64)| Run { distinct: 100, seconds, bytes };
        let contestant = Contestant { engine: Engine::Quorate, threads: 1 };
        Row { runs: runs.iter().map(run).collect(), ..Row::new(contestant) }
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // The machine was three times slower in the second round.
        let rows = vec![
            row(&[(1.0, 10.0), (3.0, 10.0), (1.0, 20.0)]),
            row(&[(4.0, 10.0), (12.0, 20.0), (5.0, 20.0)]),
            row(&[(2.0, 0.0)]),
        ];
        let comparison = Comparison { task: Task::default(), rows };
        let [first, second, third] = &comparison.rows[..] else { panic!("three rows") };
        let spread = |median, least, most| Some(Spread { median, least, most });
        assert_eq!(comparison.time_ratio(first), spread(1.0, 1.0, 1.0));
        assert_eq!(comparison.time_ratio(second), spread(4.0, 4.0, 5.0));
        assert_eq!(comparison.memory_ratio(second), spread(1.0, 1.0, 2.0));
        assert_eq!(comparison.time_ratio(third), spread(2.0, 2.0, 2.0));
        assert_eq!(second.states_per_second(), spread(20.0, 100.0 / 12.0, 25.0));
        assert_eq!((comparison.rounds(), comparison.agrees()), (1, true));
    }

    #[test]
    fn a_median_is_in_the_middle() {
        let median = |numbers: &[f64]| Spread::of(numbers.iter().copied()).map(|s| s.median);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn nothing_measured_is_no_figure() {
        let nothing =
            Comparison { task: Task::default(), rows: vec![row(&[]), row(&[(1.0, 1.0)])] };
        assert_eq!(nothing.rows[0].seconds(), None);
        assert_eq!(nothing.time_ratio(&nothing.rows[1]), None);
        let empty = Comparison { task: Task::default(), rows: vec![row(&[(1.0, 0.0)])] };
        assert_eq!(empty.memory_ratio(&empty.rows[0]), None);
    }
}

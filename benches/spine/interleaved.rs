//! Two pieces of work by turns, compared by the processor time of this thread.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How often the two take turns; the first round warms up and does not count.
const ROUNDS: usize = 61;

/// What the comparison gave.
pub struct Comparison {
    /// Microseconds of processor time for one piece of the work, the median over the rounds.
    pub work: f64,
    /// Likewise for one piece of the primitive.
    pub primitive: f64,
    /// The ratio of the two in each round, sorted.
    ratios: Vec<f64>,
}

impl Comparison {
    /// The median of the rounds' ratios.
    pub fn ratio(&self) -> f64 {
        median(&self.ratios)
    }

    /// Between which two ratios the middle half of the rounds lies.
    pub fn middle_half(&self) -> (f64, f64) {
        let at = |quarter: usize| self.ratios[(self.ratios.len() - 1) * quarter / 4];
        (at(1), at(3))
    }
}

/// Runs `work` and `primitive` by turns, `repetitions` times each a turn; who begins changes from round to round.
pub fn compare(
    repetitions: u32,
    mut work: impl FnMut(),
    mut primitive: impl FnMut(),
) -> Comparison {
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let turn = if round % 2 == 0 {
            let work = time(repetitions, &mut work);
            (work, time(repetitions, &mut primitive))
        } else {
            let primitive = time(repetitions, &mut primitive);
            (time(repetitions, &mut work), primitive)
        };
        if round > 0 {
            rounds.push(turn);
        }
    }
    let sorted = |value: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    Comparison {
        work: median(&sorted(|(work, _)| *work)),
        primitive: median(&sorted(|(_, primitive)| *primitive)),
        ratios: sorted(|(work, primitive)| work / primitive),
    }
}

/// Microseconds of this thread's processor time for one repetition.
fn time(repetitions: u32, work: &mut impl FnMut()) -> f64 {
    let before = thread_time();
    for _ in 0..repetitions {
        work();
    }
    (thread_time() - before).as_secs_f64() * 1e6 / f64::from(repetitions)
}

/// What this thread has run so far: time in which others had the processor does not count.
pub fn thread_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).expect("processor time is not negative");
    let rest = u32::try_from(now.tv_nsec).expect("less than a second");
    Duration::new(seconds, rest)
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

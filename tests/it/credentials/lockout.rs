//! The state machine of lockout: pure, at its boundaries.

use signet::credentials::lockout::{Admission, Failures, charge, open_again};
use signet::model::{Span, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn failures(count: i64, ago: Span) -> Failures {
    Failures {
        count,
        last_at: NOW.minus(ago),
    }
}

fn admitted(counter: Option<Failures>) -> Option<i64> {
    match charge(counter, NOW) {
        Admission::Admitted(failures) => Some(failures.count),
        Admission::Locked { .. } => None,
    }
}

#[test]
fn the_first_five_cost_nothing_but_themselves() {
    assert_eq!(admitted(None), Some(1));
    for count in 1..5 {
        assert_eq!(
            admitted(Some(failures(count, Span::millis(0)))),
            Some(count + 1)
        );
    }
    assert_eq!(admitted(Some(failures(5, Span::millis(0)))), None);
}

#[test]
fn each_further_one_doubles_the_wait_up_to_a_quarter_of_an_hour() {
    for (count, seconds) in [
        (5, 30),
        (6, 60),
        (7, 120),
        (8, 240),
        (9, 480),
        (10, 900),
        (11, 900),
        (40, 900),
        (99, 900),
    ] {
        let counter = |ago| Some(failures(count, ago));
        let wait = Span::seconds(seconds);
        assert_eq!(
            open_again(failures(count, Span::millis(0))),
            NOW.plus(wait),
            "{count}"
        );
        assert_eq!(admitted(counter(wait)), Some(count + 1), "{count}");
        let early = charge(counter(Span::millis(wait.as_millis() - 1)), NOW);
        assert_eq!(
            early,
            Admission::Locked {
                until: NOW.plus(Span::millis(1))
            },
            "{count}"
        );
    }
}

#[test]
fn a_hundred_end_it_until_somebody_sets_a_new_credential() {
    for (count, ago) in [
        (100, Span::days(3_650)),
        (101, Span::hours(1)),
        (i64::MAX, Span::days(1)),
    ] {
        assert_eq!(admitted(Some(failures(count, ago))), None, "{count}");
    }
    assert_eq!(admitted(Some(failures(99, Span::minutes(15)))), Some(100));
}

#[test]
fn silence_sets_nothing_back() {
    for ago in [Span::hours(24), Span::days(3_650)] {
        assert_eq!(admitted(Some(failures(1, ago))), Some(2));
        assert_eq!(admitted(Some(failures(50, ago))), Some(51));
    }
}

#[test]
fn a_clock_that_goes_back_opens_nothing() {
    let ahead = Failures {
        count: 3,
        last_at: NOW.plus(Span::minutes(1)),
    };
    match charge(Some(ahead), NOW) {
        Admission::Locked { until } => assert_eq!(until, ahead.last_at),
        Admission::Admitted(failures) => assert_eq!(failures.last_at, ahead.last_at),
    }
    let locked = Failures {
        count: 9,
        last_at: NOW.plus(Span::minutes(1)),
    };
    assert_eq!(admitted(Some(locked)), None);
}

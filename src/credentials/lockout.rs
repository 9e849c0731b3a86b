//! Lockout as a pure state machine (NIST SP 800-63B-4, 3.2.2).
//!
//! Every attempt is charged before it is looked at and refunded when it was right, so that fifty parallel guesses count
//! fifty. After five failures an attempt must wait, first 30 seconds, then twice as long each time up to 15 minutes;
//! after a hundred the credential is of no more use until somebody sets a new one. Silence sets nothing back: the hundred
//! are consecutive, however long they take. A browser from which the person has signed in before has a counter of its own:
//! whoever knows only the name fills the other one.

use crate::model::{Span, Timestamp};

/// So many failures cost nothing but themselves.
const FREE: i64 = 5;
/// So many end it (3.2.2: at most 100 consecutive failures).
const END: i64 = 100;
const FIRST_WAIT: Span = Span::seconds(30);
const LONGEST_WAIT: Span = Span::minutes(15);
/// How long a counter for a name that nobody has is kept: who types names must not fill the disk.
const NOBODYS: Span = Span::hours(24);
/// What "until somebody sets a new one" is, as a time.
const NEVER: Timestamp = Timestamp::from_millis(253_402_300_799_000);

/// A counter as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many attempts were charged since the last success.
    pub count: i64,
    /// When the last one was.
    pub last_at: Timestamp,
}

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is looked at; the counter stands at this now.
    Admitted(Failures),
    /// It is not, before then; the counter stays.
    Locked {
        /// When.
        until: Timestamp,
    },
}

/// Charges an attempt to a counter.
pub fn charge(counter: Option<Failures>, now: Timestamp) -> Admission {
    let Some(counter) = counter else {
        return Admission::Admitted(Failures {
            count: 1,
            last_at: now,
        });
    };
    let until = open_again(counter);
    if now < until {
        return Admission::Locked { until };
    }
    Admission::Admitted(Failures {
        count: counter.count.saturating_add(1),
        last_at: now.max(counter.last_at),
    })
}

/// When the next attempt is looked at.
pub fn open_again(counter: Failures) -> Timestamp {
    if counter.count >= END {
        return NEVER;
    }
    let over = counter.count.saturating_sub(FREE);
    if over < 0 {
        return counter.last_at;
    }
    let doubled = u32::try_from(over)
        .ok()
        .and_then(|over| 1_i64.checked_shl(over.min(20)));
    let wait = FIRST_WAIT
        .as_millis()
        .saturating_mul(doubled.unwrap_or(i64::MAX));
    counter.last_at.plus(Span::millis(wait).min(LONGEST_WAIT))
}

/// Until when a counter is kept: somebody's until it is set back.
pub(super) fn kept_until(is_somebodys: bool, counter: Failures) -> Timestamp {
    if is_somebodys {
        NEVER
    } else {
        counter.last_at.plus(NOBODYS)
    }
}

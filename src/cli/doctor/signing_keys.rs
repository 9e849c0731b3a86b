//! The key ring: one active key for each purpose, certificates that last, a successor in time.

use super::finding::Finding;
use super::instance::Instance;
use crate::keys::KeysError;
use crate::model::{KeyFacts, KeyState, Purpose, Span, Timestamp};

/// So long before the end a successor must be known to whoever reads the metadata.
const SOON: Span = Span::days(60);

pub(super) fn check(instance: &Instance) -> Vec<Finding> {
    match &instance.keys {
        Some(Ok(keys)) => life(&keys.list(), instance.now),
        // Told of with the master key, and with the identity.
        Some(Err(KeysError::Master(_) | KeysError::NoInstance)) | None => Vec::new(),
        Some(Err(error)) => vec![Finding::broken(
            "SIGNING_KEYS",
            "the key ring",
            (
                error.to_string(),
                "signet restore of the last backup, into an empty database",
            ),
        )],
    }
}

/// What is to be said of a ring at this time.
pub fn life(keys: &[KeyFacts], now: Timestamp) -> Vec<Finding> {
    let findings = Purpose::ALL.iter().flat_map(|purpose| {
        let of = |state| {
            keys.iter()
                .find(|key| key.purpose == *purpose && key.state == state)
        };
        match of(KeyState::Active) {
            None => vec![Finding::broken(
                "SIGNING_KEY_MISSING",
                purpose.to_string(),
                (
                    "there is no active key",
                    format!("signet keys publish {purpose}, then signet keys activate ID"),
                ),
            )],
            Some(active) => vec![end_of(active, of(KeyState::Next), now)],
        }
    });
    findings.collect()
}

fn end_of(active: &KeyFacts, next: Option<&KeyFacts>, now: Timestamp) -> Finding {
    let purpose = active.purpose;
    let subject = format!("{purpose} key {}", active.id);
    let end = active.not_after.to_xs_date_time();
    if active.not_after.since(now) >= SOON {
        return Finding::ok("SIGNING_KEY", subject, format!("active until {end}"));
    }
    let is_over = active.not_after <= now;
    let code = match next {
        _ if is_over => "SIGNING_KEY_EXPIRED",
        Some(_) => "SIGNING_KEY_EXPIRING",
        None => "NEXT_KEY_MISSING",
    };
    let cause = match next {
        Some(next) => format!(
            "its certificate ends at {end}; key {} is published to follow it",
            next.id
        ),
        None => format!("its certificate ends at {end}, and no next key is published"),
    };
    let fix = match next {
        Some(next) => format!(
            "when everybody who trusts this instance has read the metadata anew: signet keys activate {}",
            next.id
        ),
        None => format!("signet keys publish {purpose}"),
    };
    // It still signs, and whoever pins it goes on; whoever reads its dates refuses it.
    if is_over && purpose == Purpose::Saml {
        return Finding::broken(code, subject, (cause, fix));
    }
    Finding::warning(code, subject, (cause, fix))
}

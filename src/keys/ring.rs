//! The life of keys as a pure state machine: publish, activate, retain, retire.
//!
//! Rules: exactly one key a purpose signs, once there is a first one; at most one is next; a key that others may still
//! trust (active, retained) cannot be removed, by no job and by no click (security.md R-16); a retained key retires
//! only after what it signed has expired, unless it is compromised; a retained key can become active again, which is
//! the undo of a rotation.

use crate::model::{KeyFacts, KeyId, KeyState, Purpose, Span, Timestamp};

/// How long a key stays retained at least: longer than what was signed with it lives, and than others keep what we
/// publish.
pub const fn shortest_retention(purpose: Purpose) -> Span {
    match purpose {
        Purpose::Saml | Purpose::OpenIdConnect | Purpose::OpenIdConnectRsa => Span::days(2),
        Purpose::Cookies => Span::days(31),
        Purpose::Audit => Span::hours(1),
    }
}

/// Why a key leaves the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retirement {
    /// It was retained long enough.
    Aged,
    /// Somebody else may have it: whatever it signed must stop being accepted now.
    Compromised,
}

/// What is asked of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new key is announced.
    Publish(Purpose),
    /// A next or retained key begins to sign; the one that signed is retained.
    Activate(KeyId),
    /// The active key stops signing; the next one takes over.
    Retain(KeyId),
    /// A key is no longer published, and its private half is destroyed.
    Retire(KeyId, Retirement),
    /// A retired key's row goes.
    Remove(KeyId),
}

/// One key's step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which key; none: the one that is being made.
    pub id: Option<KeyId>,
    /// From which state; none: from nothing.
    pub before: Option<KeyState>,
    /// To which; none: to nothing.
    pub after: Option<KeyState>,
}

/// Why the ring stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such key.
    #[error("there is no key {0}; `signet keys list` shows the keys")]
    Unknown(KeyId),
    /// One is published already.
    #[error("{0} has a next key already: activate it, or retire it first")]
    NextExists(Purpose),
    /// The successor is missing.
    #[error("{0} has no next key: publish one first")]
    NoNext(Purpose),
    /// The key is in another state than the change needs.
    #[error("key {id} is {state}: {needs}")]
    State {
        /// The key.
        id: KeyId,
        /// Where it stands.
        state: KeyState,
        /// What the change needs.
        needs: &'static str,
    },
    /// What it signed may still be in use.
    #[error(
        "key {id} must stay until {until}, because what it signed may still be in use; if it is compromised, say so",
        until = until.to_rfc3339()
    )]
    TooEarly {
        /// The key.
        id: KeyId,
        /// The earliest time.
        until: Timestamp,
    },
}

/// What a change does to the keys, or why it is refused. Nothing is changed here.
///
/// # Errors
/// [`Refusal`] with the rule.
pub fn plan(keys: &[KeyFacts], change: &Change, now: Timestamp) -> Result<Vec<Step>, Refusal> {
    match change {
        Change::Publish(purpose) => publish(keys, *purpose),
        Change::Activate(id) => activate(keys, id),
        Change::Retain(id) => retain(keys, id),
        Change::Retire(id, why) => retire(keys, id, *why, now),
        Change::Remove(id) => remove(keys, id),
    }
}

fn find<'a>(keys: &'a [KeyFacts], id: &KeyId) -> Result<&'a KeyFacts, Refusal> {
    keys.iter()
        .find(|k| k.id == *id)
        .ok_or_else(|| Refusal::Unknown(id.clone()))
}

fn in_state(keys: &[KeyFacts], purpose: Purpose, state: KeyState) -> Option<&KeyFacts> {
    keys.iter()
        .find(|k| k.purpose == purpose && k.state == state)
}

fn step(key: &KeyFacts, after: Option<KeyState>) -> Step {
    Step {
        id: Some(key.id.clone()),
        before: Some(key.state),
        after,
    }
}

fn wrong_state(key: &KeyFacts, needs: &'static str) -> Refusal {
    Refusal::State {
        id: key.id.clone(),
        state: key.state,
        needs,
    }
}

fn publish(keys: &[KeyFacts], purpose: Purpose) -> Result<Vec<Step>, Refusal> {
    if in_state(keys, purpose, KeyState::Next).is_some() {
        return Err(Refusal::NextExists(purpose));
    }
    Ok(vec![Step {
        id: None,
        before: None,
        after: Some(KeyState::Next),
    }])
}

fn activate(keys: &[KeyFacts], id: &KeyId) -> Result<Vec<Step>, Refusal> {
    let key = find(keys, id)?;
    match key.state {
        KeyState::Next | KeyState::Retained => {}
        KeyState::Active => return Err(wrong_state(key, "it signs already")),
        KeyState::Retired => return Err(wrong_state(key, "its private half is destroyed")),
    }
    let mut steps = Vec::with_capacity(2);
    if let Some(active) = in_state(keys, key.purpose, KeyState::Active) {
        steps.push(step(active, Some(KeyState::Retained)));
    }
    steps.push(step(key, Some(KeyState::Active)));
    Ok(steps)
}

fn retain(keys: &[KeyFacts], id: &KeyId) -> Result<Vec<Step>, Refusal> {
    let key = find(keys, id)?;
    if key.state != KeyState::Active {
        return Err(wrong_state(key, "only the active key can be retained"));
    }
    let next = in_state(keys, key.purpose, KeyState::Next).ok_or(Refusal::NoNext(key.purpose))?;
    activate(keys, &next.id)
}

fn retire(
    keys: &[KeyFacts],
    id: &KeyId,
    why: Retirement,
    now: Timestamp,
) -> Result<Vec<Step>, Refusal> {
    let key = find(keys, id)?;
    match (key.state, why) {
        // A next key has signed nothing.
        (KeyState::Next, _) | (KeyState::Retained, Retirement::Compromised) => {}
        (KeyState::Retained, Retirement::Aged) => {
            let until = key.state_changed_at.plus(shortest_retention(key.purpose));
            if now < until {
                return Err(Refusal::TooEarly {
                    id: id.clone(),
                    until,
                });
            }
        }
        (KeyState::Active, _) => {
            return Err(wrong_state(key, "it signs; activate another key first"));
        }
        (KeyState::Retired, _) => return Err(wrong_state(key, "nothing is left to do")),
    }
    Ok(vec![step(key, Some(KeyState::Retired))])
}

fn remove(keys: &[KeyFacts], id: &KeyId) -> Result<Vec<Step>, Refusal> {
    let key = find(keys, id)?;
    if key.state != KeyState::Retired {
        return Err(wrong_state(key, "only a retired key can be removed"));
    }
    if key.purpose == Purpose::Audit {
        return Err(wrong_state(
            key,
            "the audit's public keys stay for good, because its checkpoints are verified with them",
        ));
    }
    Ok(vec![step(key, None)])
}

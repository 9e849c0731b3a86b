//! What is known when the decision is made.

use std::net::IpAddr;

use super::EffectivePolicy;
use crate::model::{SatisfiedFactor, Timestamp, UserId, UserState};

/// The facts of one decision, loaded in one transaction.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Who asks; none while nobody has proved anything.
    pub person: Option<Person>,
    /// The policies that apply, folded.
    pub policy: EffectivePolicy,
    /// Whether the person is entitled to the target.
    pub entitlement: Entitlement,
    /// What the person has agreed to at the target.
    pub consent: ConsentFacts,
    /// From where the request comes.
    pub origin: Origin,
}

/// From where a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the person's own machine, at this address as far as it is known.
    Person(Option<IpAddr>),
    /// From a client's server, with what the person granted it: where the person is was asked then.
    Client,
}

/// What a person has agreed that a client may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentFacts {
    /// The administrator has agreed for everybody, or the target is no client.
    Implied,
    /// Nothing yet.
    Missing,
    /// These scopes, then.
    Given {
        /// Which.
        scopes: Vec<String>,
        /// When last.
        at: Timestamp,
    },
}

/// A person and what they have proved.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who.
    pub user_id: UserId,
    /// Whether they may sign in, by their state.
    pub state: UserState,
    /// Not before then.
    pub starts_at: Option<Timestamp>,
    /// Not from then on.
    pub ends_at: Option<Timestamp>,
    /// What they could prove.
    pub enrolled: Enrolled,
    /// What they have proved, and when.
    pub satisfied: Vec<SatisfiedFactor>,
    /// When the browser session ends; none while there is only a sign-in in progress.
    pub session_ends_at: Option<Timestamp>,
}

/// The credentials that a person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enrolled {
    /// A password.
    pub password: bool,
    /// A confirmed TOTP device.
    pub totp: bool,
    /// Recovery codes that are not used up.
    pub recovery_codes: bool,
    /// A passkey.
    pub passkey: bool,
    /// A security key.
    pub security_key: bool,
    /// A pass that works still.
    pub pass: bool,
    /// The second factors were lost or taken away: only with a pass is another one set up.
    pub needs_pass: bool,
}

impl Enrolled {
    /// Whether there is a second factor to ask for.
    pub const fn second_factor(self) -> bool {
        self.totp || self.recovery_codes || self.passkey || self.security_key
    }
}

/// Whether a person is entitled to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entitlement {
    /// Assigned, directly or by a group; or the target is everybody's own.
    Assigned,
    /// Not assigned.
    NotAssigned,
    /// The target is switched off.
    TargetDisabled,
    /// There is no such target.
    TargetUnknown,
}

//! The decision to allow, as a value that cannot be made up.

use super::{AuthnContextClass, Target};
use crate::model::{Assurance, SatisfiedFactor, Timestamp, UserId};

/// A decision to allow. Its fields are private, [`super::decide`] alone makes it, and it can be neither copied nor read
/// from anywhere: one grant, one issue.
#[derive(Debug, PartialEq, Eq)]
pub struct Grant {
    pub(super) subject: UserId,
    pub(super) target: Target,
    pub(super) assurance: Assurance,
    pub(super) context: AuthnContextClass,
    pub(super) satisfied: Vec<SatisfiedFactor>,
    pub(super) authenticated_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) aws_session_seconds: Option<u32>,
}

impl Grant {
    /// To whom.
    pub fn subject(&self) -> &UserId {
        &self.subject
    }

    /// For what.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How strongly the person is authenticated.
    pub fn assurance(&self) -> Assurance {
        self.assurance
    }

    /// The authentication context to state.
    pub fn context(&self) -> AuthnContextClass {
        self.context
    }

    /// With what the person authenticated, and when.
    pub fn satisfied(&self) -> &[SatisfiedFactor] {
        &self.satisfied
    }

    /// When the person last proved who they are: AuthnInstant.
    pub fn authenticated_at(&self) -> Timestamp {
        self.authenticated_at
    }

    /// When what is issued must end: the earliest of the browser session's end and the policies'.
    pub fn ends_at(&self) -> Timestamp {
        self.ends_at
    }

    /// AWS's SessionDuration in seconds, 900 to 43,200; for an AWS target alone.
    pub fn aws_session_seconds(&self) -> Option<u32> {
        self.aws_session_seconds
    }
}

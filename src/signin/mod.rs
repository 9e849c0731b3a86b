//! A sign-in in progress, from the first request to a session.
//!
//! Owns the stored [`PendingSignIn`], its [`Continuation`], and the dispatcher [`SignIns::next_step`]: pages never route to
//! each other, each verifies one factor and comes back here. Where a completed sign-in goes is a `match` on the
//! continuation in `web::signin`; this module does not know the protocols' answers.

mod dispatch;
mod factors;
mod pending;

pub use dispatch::{SignedIn, Step};
pub use factors::{Advance, CodeKind};
pub use pending::{AwsDoor, Browser, Continuation, PendingSignIn, Progress};

use crate::access::Access;
use crate::audit::{Audit, AuditError};
use crate::credentials::{CredentialError, Credentials};
use crate::model::Span;
use crate::sessions::{SessionError, Sessions};
use crate::store::{Store, StoreError};

/// How long a sign-in may take. Setting up a phone takes a while; whoever left has left.
const LIFETIME: Span = Span::minutes(20);

/// Why a step could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// What is stored cannot be read: another version wrote it.
    #[error("a sign-in in progress cannot be read: {0}")]
    Unreadable(String),
    /// The credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The sessions.
    #[error(transparent)]
    Sessions(#[from] SessionError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sign-ins. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SignIns {
    store: Store,
    audit: Audit,
    access: Access,
    credentials: Credentials,
    sessions: Sessions,
}

impl SignIns {
    /// Over the services that it drives.
    pub fn new(
        store: Store,
        audit: Audit,
        access: Access,
        credentials: Credentials,
        sessions: Sessions,
    ) -> Self {
        Self {
            store,
            audit,
            access,
            credentials,
            sessions,
        }
    }
}

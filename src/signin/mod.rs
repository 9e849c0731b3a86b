//! A sign-in in progress, from the first request to a session.
//!
//! Owns the stored [`PendingSignIn`], its [`Continuation`], and the dispatcher [`SignIns::next_step`]: pages never route to
//! each other, each verifies one factor and comes back here. Where a completed sign-in goes is a `match` on the
//! continuation in `web::signin`; this module does not know the protocols' answers.

mod dispatch;
mod factors;
mod keys;
mod pending;

pub use dispatch::{SignedIn, Step};
pub use factors::{Advance, CodeKind};
pub use pending::{
    AwsDoor, Browser, ConsolePart, Continuation, OwnCredential, PendingSignIn, Progress,
};

use crate::access::Access;
use crate::audit::{Audit, AuditError};
use crate::credentials::{CredentialError, Credentials};
use crate::directory::{Directory, DirectoryError};
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
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignInError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Credentials(error) => error.is_temporary(),
            Self::Sessions(error) => error.is_temporary(),
            Self::Directory(error) => error.is_temporary(),
            Self::Audit(error) => error.is_temporary(),
            Self::Store(error) => error.is_temporary(),
            _ => false,
        }
    }
}

/// Sign-ins. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SignIns {
    store: Store,
    audit: Audit,
    access: Access,
    credentials: Credentials,
    sessions: Sessions,
    directory: Directory,
}

impl SignIns {
    /// Over the services that it drives.
    pub fn new(
        store: Store,
        audit: Audit,
        access: Access,
        (credentials, sessions): (Credentials, Sessions),
        directory: Directory,
    ) -> Self {
        Self {
            store,
            audit,
            access,
            credentials,
            sessions,
            directory,
        }
    }
}

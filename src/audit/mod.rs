//! The audit: what is recorded, in which form, and how it is verified.
//!
//! Owns [`AuditEvent`], the sealing of what is personal in it, the verification of the hash streams that the store
//! writes, the signed checkpoints, the replay of the organisation at a past time, and the export. Must not import
//! `keys`: what it needs of them it asks through [`PersonSealer`] and [`CheckpointSigner`].
//!
//! A record is made outside the transaction ([`Audit::prepare`]) and appended inside it, so that it stands exactly when
//! the change stands.

mod about;
mod canonical;
mod checkpoint;
mod ended_policy;
mod event;
mod export;
mod finding;
mod issued;
mod people;
mod personal;
mod record;
mod replay;
mod shapes;
mod values;
mod verify;
mod viewer;

use std::sync::{Arc, Mutex};

pub use checkpoint::CheckpointFile;
pub use ended_policy::EndedPolicy;
pub use event::AuditEvent;
pub use export::PersonalFields;
pub use finding::{CheckpointPlace, Finding};
pub use issued::AwsSession;
pub use people::{NewPerson, PersonSealer};
pub use personal::Personal;
pub use record::RecordedActor;
pub use replay::OrganisationAt;
pub use values::*;
pub use verify::{Verification, verify, verify_last_checkpoint};
pub use viewer::{Next, RecordFilter, RecordPage, RecordShape, SeenRecord, TimeCursor};

use crate::entropy::Entropy;
use crate::model::{KeyId, Secret, UserId};
use crate::store::{Store, StoreError};
use people::PeopleCache;

/// Why the audit did not do what was asked. Whoever cannot record a change must not make it.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// An event holds a number that is not an integer.
    #[error("an audit event holds a number that is not an integer")]
    NotCanonical,
    /// An event has no JSON form, or a record none of an event.
    #[error("an audit record cannot be written or read as JSON: {0}")]
    Json(String),
    /// The person has no key.
    #[error(
        "the audit knows nobody with the id {0}: a person's key is made together with the person"
    )]
    UnknownPerson(UserId),
    /// A person's key or a checkpoint's signature cannot be made or opened.
    #[error("the audit's keys: {0}")]
    Sealer(#[from] SealerError),
    /// The checkpoint file.
    #[error("the checkpoint file {path}: {reason}", path = path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The output.
    #[error("the export could not be written: {0}")]
    Output(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuditError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Store(error) => error.is_temporary(),
            _ => false,
        }
    }
}

/// The keys refuse; in their words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SealerError(pub String);

/// One person's key, opened.
pub trait FieldCipher: Send + Sync {
    /// Seals a value for a place in a record.
    ///
    /// # Errors
    /// When the library refuses.
    fn seal(&self, entropy: &Entropy, place: &str, plain: &[u8]) -> Result<String, SealerError>;

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// When the text was changed or sealed for another place or person.
    fn open(&self, place: &str, text: &str) -> Result<Secret, SealerError>;
}

/// A public key of the audit that the ring knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedKey {
    /// Its id.
    pub key_id: KeyId,
    /// SubjectPublicKeyInfo in DER; P-256.
    pub public_key: Vec<u8>,
}

/// A signed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointSignature {
    /// The key that signed.
    pub key_id: KeyId,
    /// What was signed.
    pub body: String,
    /// ECDSA with SHA-256: r and s.
    pub signature: Vec<u8>,
}

/// Signs checkpoints, and says which keys may have signed them.
pub trait CheckpointSigner: Send + Sync {
    /// Signs the text that `body` makes for the active key.
    ///
    /// # Errors
    /// The body's own, or when there is no key.
    fn sign_with(
        &self,
        body: &dyn Fn(&PinnedKey) -> Result<String, AuditError>,
    ) -> Result<CheckpointSignature, AuditError>;

    /// Every audit key that the ring has ever had.
    fn pinned_keys(&self) -> Vec<PinnedKey>;
}

/// The audit of one instance. Cheap to clone.
#[derive(Clone)]
pub struct Audit(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Arc<dyn PersonSealer>,
    people: Mutex<PeopleCache>,
}

impl std::fmt::Debug for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Audit(..)")
    }
}

impl Audit {
    /// The audit over a store, with people's keys sealed by `sealer`.
    pub fn new(store: Store, sealer: Arc<dyn PersonSealer>) -> Self {
        Self(Arc::new(Inner {
            store,
            sealer,
            people: Mutex::new(PeopleCache::default()),
        }))
    }
}

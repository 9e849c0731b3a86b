//! The key ring, and the sealing of secrets at rest.
//!
//! Owns the master key's file, the data keys, the signing keys and their life ([`ring`]), and signs for SAML, JOSE,
//! cookies and the audit with keys that are parsed once. Imports `audit` on its own rung (a change of the ring is an
//! event), and must not know what is signed: no XML, no tokens, no cookies.

mod audit_seam;
mod certificate;
mod instance;
mod master;
mod operations;
pub mod ring;
mod sealed_file;
mod sealing;
mod signing;

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::hmac;

pub use crate::model::{KeyAlgorithm, KeyFacts, KeyState, Purpose};
pub use instance::Refreshed;
pub use master::{MASTER_KEY_FILE, MasterKeyError};
pub use sealed_file::{BackupHead, SealedFileError};
pub use sealing::Place;
pub use signing::{KEY_LIFETIME, SigningKey};

use crate::audit::AuditError;
use crate::entropy::Entropy;
use crate::model::{InstanceIdentity, KeyId, Secret};
use crate::store::{Store, StoreError};
use sealing::DataKeys;
use signing::RingKey;

/// Why the keys did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The master key is missing, unsafe, or not this database's.
    #[error(transparent)]
    Master(#[from] MasterKeyError),
    /// The database has no instance.
    #[error(
        "this database holds no instance: correct database.url, or `signet restore` a backup; to begin anew, move the configuration away and run `signet init`"
    )]
    NoInstance,
    /// The database holds an instance, or what is left of one.
    #[error(
        "this database already holds an instance or parts of one; keys are made over an empty database only. Open it with its own master key, or name an empty database in database.url"
    )]
    NotEmpty,
    /// The ring lacks a key.
    #[error("there is no active key for {0}: restore the database from a backup")]
    NoActiveKey(Purpose),
    /// A sealed value does not open where it stands.
    #[error(
        "the sealed value in {table}.{column} of {row} does not open: it was changed, moved from another row, or sealed under a data key that is not in this database"
    )]
    Unsealable {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row's key.
        row: String,
    },
    /// A signing key's row is not as it was sealed.
    #[error(
        "the row of signing key {0} was changed from outside: restore the database from a backup"
    )]
    ChangedRow(KeyId),
    /// The purpose does not use the algorithm.
    #[error("{0} does not use {1} keys")]
    Algorithm(Purpose, KeyAlgorithm),
    /// The ring's rules forbid the change.
    #[error(transparent)]
    Refused(#[from] ring::Refusal),
    /// Somebody else changed the ring meanwhile.
    #[error("the key ring was changed meanwhile: look at `signet keys list` and try again")]
    ChangedMeanwhile,
    /// The cryptographic library refused.
    #[error("{0}")]
    Crypto(&'static str),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl KeysError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Store(error) => error.is_temporary(),
            Self::Audit(error) => error.is_temporary(),
            _ => false,
        }
    }

    fn unsealable(place: Place<'_>) -> Self {
        Self::Unsealable {
            table: place.table.to_owned(),
            column: place.column.to_owned(),
            row: place.row.to_owned(),
        }
    }
}

/// The keys of one instance. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    store: Store,
    identity: InstanceIdentity,
    data_keys: DataKeys,
    names: hmac::Key,
    /// Replaced as a whole when the ring changes; a signature in progress keeps its key.
    ring: RwLock<Arc<Ring>>,
}

/// The keys as last read.
struct Ring {
    keys: Vec<RingKey>,
    /// The active cookies key: a ring without one is not opened, so that a code can always be made.
    cookies: hmac::Key,
}

impl Ring {
    fn new(keys: Vec<RingKey>) -> Result<Self, KeysError> {
        let cookies = keys
            .iter()
            .find(|k| k.facts.purpose == Purpose::Cookies && k.facts.state == KeyState::Active)
            .and_then(|k| k.signing.as_ref()?.mac_key())
            .cloned()
            .ok_or(KeysError::NoActiveKey(Purpose::Cookies))?;
        Ok(Self { keys, cookies })
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(..)")
    }
}

impl Keys {
    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace_ring(&self, ring: Ring) {
        let mut place = self.0.ring.write().unwrap_or_else(PoisonError::into_inner);
        *place = Arc::new(ring);
    }

    /// What the instance is called: fixed at its first start.
    pub fn identity(&self) -> &InstanceIdentity {
        &self.0.identity
    }

    /// Seals a secret for the place where it will stand; it opens nowhere else.
    ///
    /// # Errors
    /// [`KeysError::Crypto`] when the library refuses.
    pub fn seal(
        &self,
        entropy: &Entropy,
        place: Place<'_>,
        plain: &[u8],
    ) -> Result<String, KeysError> {
        self.0.data_keys.seal(entropy, place, plain)
    }

    /// Opens what [`Keys::seal`] sealed for this place.
    ///
    /// # Errors
    /// [`KeysError::Unsealable`] when the text was changed, or was sealed for another place or under another key.
    pub fn open_sealed(&self, place: Place<'_>, text: &str) -> Result<Secret, KeysError> {
        self.0.data_keys.open(place, text)
    }

    /// The key that signs for a purpose.
    ///
    /// # Errors
    /// [`KeysError::NoActiveKey`] when the ring has none; an opened ring always has one.
    pub fn active(&self, purpose: Purpose) -> Result<Arc<SigningKey>, KeysError> {
        self.ring()
            .keys
            .iter()
            .find(|k| k.facts.purpose == purpose && k.facts.state == KeyState::Active)
            .and_then(|k| k.signing.clone())
            .ok_or(KeysError::NoActiveKey(purpose))
    }

    /// What others are told: the active key first, then the next one, then the retained ones.
    pub fn published(&self, purpose: Purpose) -> Vec<Arc<SigningKey>> {
        let ring = self.ring();
        [KeyState::Active, KeyState::Next, KeyState::Retained]
            .into_iter()
            .flat_map(|state| {
                ring.keys
                    .iter()
                    .filter(move |k| k.facts.purpose == purpose && k.facts.state == state)
            })
            .filter_map(|k| k.signing.clone())
            .collect()
    }

    /// Every key of the ring without its secret half.
    pub fn list(&self) -> Vec<KeyFacts> {
        let mut facts: Vec<KeyFacts> = self.ring().keys.iter().map(|k| k.facts.clone()).collect();
        facts.sort_by_key(|key| (key.purpose, key.created_at, key.id.clone()));
        facts
    }

    /// HMAC-SHA256 under the active cookies key. The label keeps what is authenticated for one use from being taken
    /// for another; its length stands before it, so that no two pairs of label and data give the same octets.
    pub fn mac(&self, label: &str, data: &[u8]) -> [u8; 32] {
        mac(&self.ring().cookies, label, data)
    }

    /// Whether `tag` is [`Keys::mac`] of the same label and data under a cookies key that is active or retained.
    pub fn verifies_mac(&self, label: &str, data: &[u8], tag: &[u8]) -> bool {
        let message = labelled(label, data);
        let keys = self.published(Purpose::Cookies);
        keys.iter()
            .filter_map(|key| key.mac_key())
            .any(|key| hmac::verify(key, &message, tag).is_ok())
    }
}

fn mac(key: &hmac::Key, label: &str, data: &[u8]) -> [u8; 32] {
    let tag = hmac::sign(key, &labelled(label, data));
    let mut out = [0u8; 32];
    for (to, from) in out.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    out
}

fn labelled(label: &str, data: &[u8]) -> Vec<u8> {
    let mut message = (label.len() as u64).to_be_bytes().to_vec();
    message.extend_from_slice(label.as_bytes());
    message.extend_from_slice(data);
    message
}

//! The first start, and every later one.

use std::path::Path;

use super::master::{MasterKey, MasterKeyError};
use super::sealing::{self, DataKeys, Place, SealingKey};
use super::signing::{self, NewKey};
use super::{Inner, Keys, KeysError, Ring};
use crate::audit::{Audit, AuditEvent, KeyChange};
use crate::model::{InstanceIdentity, KeyAlgorithm, KeyFacts, KeyState, Purpose, Span, Timestamp};
use crate::op::Op;
use crate::store::keys as rows;
use crate::store::keys::{DataKeyRow, InstanceRow, SigningKeyRow};
use crate::store::{AuditEntry, Store};

const CANARY: &[u8] = b"signet canary";
const CANARY_PLACE: Place<'static> = Place {
    table: "instance",
    column: "canary",
    row: "self",
};

const EXPIRY_WARNING: Span = Span::days(60);

/// The keys that a new instance gets. RSA-2048 for SAML, because every service provider verifies it.
const FIRST_KEYS: [(Purpose, KeyAlgorithm); 5] = [
    (Purpose::Saml, KeyAlgorithm::Rsa2048),
    (Purpose::OpenIdConnect, KeyAlgorithm::P256),
    (Purpose::OpenIdConnectRsa, KeyAlgorithm::Rsa2048),
    (Purpose::Cookies, KeyAlgorithm::Hmac256),
    (Purpose::Audit, KeyAlgorithm::P256),
];

/// What [`Keys::refresh`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refreshed {
    /// Whether the ring was another one, and is in use now.
    pub ring_changed: bool,
    /// Raised by each change of the configuration.
    pub configuration_revision: i64,
}

impl Keys {
    /// Makes the instance in an empty database: the master key's file (unless one was put there), a data key, the first
    /// signing keys, and the record of all that, in one transaction.
    ///
    /// # Errors
    /// [`KeysError::NotEmpty`] over a database that holds anything already: nothing is made then, not even a file.
    pub async fn create_instance(
        store: &Store,
        op: &Op,
        directory: &Path,
        identity: InstanceIdentity,
    ) -> Result<Self, KeysError> {
        if store.read(|txn| rows::holds_anything(txn)).await? {
            return Err(KeysError::NotEmpty);
        }
        let master = MasterKey::read_or_make(directory, &op.entropy)?;
        let (data_key_id, data_key, wrapped) =
            sealing::new_data_key(&master.wrapping, &op.entropy)?;
        let data_key_row = DataKeyRow {
            id: data_key_id,
            master_key_id: master.wrapping.id().to_owned(),
            wrapped,
            created_at: op.now,
        };
        let instance_row = InstanceRow {
            canary: master.wrapping.seal(&op.entropy, CANARY_PLACE, CANARY)?,
            identity,
            created_at: op.now,
            configuration_revision: 0,
        };
        let data_keys = data_keys(vec![data_key])?;
        let key_rows = first_keys(&data_keys, op, &instance_row.identity)?;
        let keys = Self::assemble(store, &instance_row, data_keys, master, &key_rows)?;
        let entries = creation_entries(&keys, op).await?;
        let made = store
            .write(move |txn| {
                if rows::holds_anything(txn)? || !rows::insert_instance(txn, &instance_row)? {
                    return Ok(false);
                }
                rows::insert_data_key(txn, &data_key_row)?;
                for row in &key_rows {
                    rows::insert_signing_key(txn, row)?;
                }
                for entry in &entries {
                    txn.append_audit(entry)?;
                }
                Ok(true)
            })
            .await?;
        if made {
            Ok(keys)
        } else {
            Err(KeysError::NotEmpty)
        }
    }

    /// Opens the keys of an existing instance. Makes nothing: what is missing is an error that says what to put back.
    ///
    /// # Errors
    /// [`KeysError::NoInstance`] on an empty database; [`KeysError::Master`] with the file and the fix;
    /// [`KeysError::ChangedRow`] and [`KeysError::Unsealable`] when a row was changed from outside.
    pub async fn open(store: &Store, op: &Op, directory: &Path) -> Result<Self, KeysError> {
        let (instance, data_key_rows, key_rows, holds_anything) = store
            .read(|txn| {
                Ok((
                    rows::instance(txn)?,
                    rows::data_keys(txn)?,
                    rows::signing_keys(txn)?,
                    rows::holds_anything(txn)?,
                ))
            })
            .await?;
        let instance = match (instance, holds_anything) {
            (Some(instance), _) => instance,
            (None, true) => return Err(KeysError::NotEmpty),
            (None, false) => return Err(KeysError::NoInstance),
        };
        let master = MasterKey::read(directory)?;
        let canary = master.wrapping.open(CANARY_PLACE, &instance.canary);
        if !canary.is_ok_and(|plain| plain.expose() == CANARY) {
            return Err(MasterKeyError::Wrong(master.path).into());
        }
        let opened: Vec<SealingKey> = data_key_rows
            .iter()
            .map(|row| sealing::unwrap_data_key(&master.wrapping, &row.id, &row.wrapped))
            .collect::<Result<_, _>>()?;
        let keys = Self::assemble(store, &instance, data_keys(opened)?, master, &key_rows)?;
        // An instance of before OpenID Connect has no such key until `signet migrate` makes it.
        let since_the_spine = |purpose: &&Purpose| **purpose != Purpose::OpenIdConnectRsa;
        for purpose in Purpose::ALL.iter().filter(since_the_spine) {
            keys.active(*purpose)?;
        }
        keys.warn_of_expiry(op.now);
        Ok(keys)
    }

    /// Whether the master key's file can be read, and by nobody else: without a database, so not whether it is the one.
    ///
    /// # Errors
    /// [`KeysError::Master`] with the file and the fix.
    pub fn check_master_key(directory: &Path) -> Result<(), KeysError> {
        MasterKey::read(directory).map(drop)
    }

    /// An expired certificate goes on signing, because most service providers pin it (security.md R-11); those that do
    /// read its dates must be given another in time.
    fn warn_of_expiry(&self, now: Timestamp) {
        for key in self.list() {
            let left = key.not_after.since(now);
            if key.state == KeyState::Active && left < EXPIRY_WARNING {
                tracing::warn!(
                    key = %key.id, purpose = %key.purpose, not_after = %key.not_after.to_rfc3339(),
                    "a signing key expires: publish the next one, let its users take it over, then activate it"
                );
            }
        }
    }

    fn assemble(
        store: &Store,
        instance: &InstanceRow,
        data_keys: DataKeys,
        master: MasterKey,
        key_rows: &[SigningKeyRow],
    ) -> Result<Self, KeysError> {
        let ring = open_ring(&data_keys, key_rows)?;
        Ok(Self(std::sync::Arc::new(Inner {
            store: store.clone(),
            identity: instance.identity.clone(),
            data_keys,
            names: master.names,
            ring: std::sync::RwLock::new(std::sync::Arc::new(ring)),
        })))
    }

    /// Follows changes that another process (the command line, another node) has made: reads the ring again if it was
    /// changed, and tells the configuration's revision, which the caches of others follow.
    ///
    /// # Errors
    /// As [`Keys::open`]; the old ring then stays in use.
    pub async fn refresh(&self) -> Result<Refreshed, KeysError> {
        let (instance, key_rows) = self
            .0
            .store
            .read(|txn| Ok((rows::instance(txn)?, rows::signing_keys(txn)?)))
            .await?;
        let instance = instance.ok_or(KeysError::NoInstance)?;
        let ring = self.ring();
        let mut known: Vec<_> = ring.keys.iter().map(|key| &key.facts).collect();
        let mut stored: Vec<_> = key_rows.iter().map(|row| &row.facts).collect();
        known.sort_by(|a, b| a.id.cmp(&b.id));
        stored.sort_by(|a, b| a.id.cmp(&b.id));
        let ring_changed = known != stored;
        if ring_changed {
            self.replace_ring(open_ring(&self.0.data_keys, &key_rows)?);
        }
        Ok(Refreshed {
            ring_changed,
            configuration_revision: instance.configuration_revision,
        })
    }

    /// Reads the ring again: after a change by another process.
    ///
    /// # Errors
    /// As [`Keys::open`]; the old ring then stays in use.
    pub async fn reload(&self) -> Result<(), KeysError> {
        let key_rows = self.0.store.read(|txn| rows::signing_keys(txn)).await?;
        self.replace_ring(open_ring(&self.0.data_keys, &key_rows)?);
        Ok(())
    }
}

/// The host that certificates name.
pub(super) fn host(identity: &InstanceIdentity) -> String {
    url::Url::parse(&identity.public_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_else(|| identity.rp_id.clone())
}

fn data_keys(keys: Vec<SealingKey>) -> Result<DataKeys, KeysError> {
    DataKeys::new(keys).ok_or(KeysError::Crypto(
        "the database holds no data key: restore it from a backup",
    ))
}

fn open_ring(data_keys: &DataKeys, rows: &[SigningKeyRow]) -> Result<Ring, KeysError> {
    let keys = rows
        .iter()
        .map(|row| signing::open(data_keys, row))
        .collect::<Result<_, _>>()?;
    Ring::new(keys)
}

fn first_keys(
    data_keys: &DataKeys,
    op: &Op,
    identity: &InstanceIdentity,
) -> Result<Vec<SigningKeyRow>, KeysError> {
    let host = host(identity);
    FIRST_KEYS
        .iter()
        .map(|(purpose, algorithm)| {
            let new = NewKey {
                purpose: *purpose,
                algorithm: *algorithm,
                state: KeyState::Active,
                host: &host,
                now: op.now,
            };
            signing::make(data_keys, &op.entropy, &new)
        })
        .collect()
}

async fn creation_entries(keys: &Keys, op: &Op) -> Result<Vec<AuditEntry>, KeysError> {
    let audit = Audit::new(keys.0.store.clone(), std::sync::Arc::new(keys.clone()));
    let created = AuditEvent::InstanceCreated {
        identity: keys.identity().clone(),
    };
    let mut entries = vec![audit.prepare(op, &created).await?];
    for facts in keys.list() {
        let event = key_changed(&facts, None, Some(facts.state));
        entries.push(audit.prepare(op, &event).await?);
    }
    Ok(entries)
}

/// The record of one key's step.
pub(super) fn key_changed(
    facts: &KeyFacts,
    before: Option<KeyState>,
    after: Option<KeyState>,
) -> AuditEvent {
    AuditEvent::KeyChanged(KeyChange {
        key_id: facts.id.clone(),
        purpose: facts.purpose,
        algorithm: facts.algorithm,
        before,
        after,
    })
}

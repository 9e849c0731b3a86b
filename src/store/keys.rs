//! Rows of the instance, the data keys and the signing keys.

use super::{Row, StoreError, Txn, Value};
use crate::model::{
    EntityId, InstanceIdentity, KeyAlgorithm, KeyFacts, KeyId, KeyState, Purpose, Timestamp,
};

/// The one row of `instance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceRow {
    /// What it is called.
    pub identity: InstanceIdentity,
    /// A known text sealed under the master key: tells a wrong one at start.
    pub canary: String,
    /// When made.
    pub created_at: Timestamp,
    /// Raised by each change of the configuration; the servers' caches follow it.
    pub configuration_revision: i64,
}

/// A data key, wrapped by the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataKeyRow {
    /// Stands in every text sealed under it.
    pub id: KeyId,
    /// The master key that wrapped it.
    pub master_key_id: String,
    /// The wrapped octets.
    pub wrapped: String,
    /// When made.
    pub created_at: Timestamp,
}

/// A signing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// Everything but the key itself.
    pub facts: KeyFacts,
    /// The key, sealed; for a retired key what remains of it, sealed as well.
    pub sealed: String,
    /// The certificate, DER in base64; empty where the key has none.
    pub certificate: String,
}

/// One key's way from one state to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// Which key.
    pub id: KeyId,
    /// The state that it must still have.
    pub before: KeyState,
    /// Its new state.
    pub after: KeyState,
    /// What replaces the sealed key, if anything.
    pub sealed: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The instance, if the database has one.
///
/// # Errors
/// The engine's.
pub fn instance(txn: &mut dyn Txn) -> Result<Option<InstanceRow>, StoreError> {
    let row = txn.query_opt(
        "SELECT public_url, entity_id, oidc_issuer, rp_id, canary, created_at, configuration_revision FROM instance WHERE id = 'self'",
        &[],
    )?;
    row.map(|row| {
        Ok(InstanceRow {
            identity: InstanceIdentity {
                public_url: row.text("public_url")?,
                entity_id: row.parse::<EntityId>("entity_id")?,
                oidc_issuer: row.text("oidc_issuer")?,
                rp_id: row.text("rp_id")?,
            },
            canary: row.text("canary")?,
            created_at: row.time("created_at")?,
            configuration_revision: row.int("configuration_revision")?,
        })
    })
    .transpose()
}

/// Whether the database holds anything that a key protects, or an instance: over such a database no key is ever made.
///
/// # Errors
/// The engine's.
pub fn holds_anything(txn: &mut dyn Txn) -> Result<bool, StoreError> {
    let row = txn.query_opt(
        "SELECT (SELECT COUNT(*) FROM instance) + (SELECT COUNT(*) FROM data_keys) + (SELECT COUNT(*) FROM signing_keys) \
         + (SELECT COUNT(*) FROM person_keys) + (SELECT COUNT(*) FROM users) + (SELECT COUNT(*) FROM audit_records) AS held",
        &[],
    )?;
    row.map_or(Ok(false), |row| Ok(row.int("held")? != 0))
}

/// Inserts the instance; false when there is one.
///
/// # Errors
/// The engine's.
pub fn insert_instance(txn: &mut dyn Txn, row: &InstanceRow) -> Result<bool, StoreError> {
    let made = txn.query(
        "INSERT INTO instance (id, public_url, entity_id, oidc_issuer, rp_id, canary, created_at, configuration_revision) \
         VALUES ('self', $1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id",
        &[
            row.identity.public_url.as_str().into(),
            row.identity.entity_id.as_str().into(),
            row.identity.oidc_issuer.as_str().into(),
            row.identity.rp_id.as_str().into(),
            row.canary.as_str().into(),
            row.created_at.into(),
            row.configuration_revision.into(),
        ],
    )?;
    Ok(!made.is_empty())
}

/// Every data key, the oldest first.
///
/// # Errors
/// The engine's.
pub fn data_keys(txn: &mut dyn Txn) -> Result<Vec<DataKeyRow>, StoreError> {
    let rows = txn.query(
        "SELECT id, master_key_id, wrapped, created_at FROM data_keys ORDER BY created_at, id",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            Ok(DataKeyRow {
                id: row.parse("id")?,
                master_key_id: row.text("master_key_id")?,
                wrapped: row.text("wrapped")?,
                created_at: row.time("created_at")?,
            })
        })
        .collect()
}

/// Inserts a data key.
///
/// # Errors
/// The engine's.
pub fn insert_data_key(txn: &mut dyn Txn, row: &DataKeyRow) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO data_keys (id, master_key_id, wrapped, created_at) VALUES ($1, $2, $3, $4)",
        &[
            row.id.as_str().into(),
            row.master_key_id.as_str().into(),
            row.wrapped.as_str().into(),
            row.created_at.into(),
        ],
    )?;
    Ok(())
}

/// Every signing key, the oldest first.
///
/// # Errors
/// The engine's.
pub fn signing_keys(txn: &mut dyn Txn) -> Result<Vec<SigningKeyRow>, StoreError> {
    let rows = txn.query(
        "SELECT id, purpose, algorithm, state, sealed_private, certificate, not_before, not_after, created_at, state_changed_at \
         FROM signing_keys ORDER BY created_at, id",
        &[],
    )?;
    rows.iter().map(signing_key).collect()
}

fn signing_key(row: &Row) -> Result<SigningKeyRow, StoreError> {
    Ok(SigningKeyRow {
        facts: KeyFacts {
            id: row.parse::<KeyId>("id")?,
            purpose: row.parse::<Purpose>("purpose")?,
            algorithm: row.parse::<KeyAlgorithm>("algorithm")?,
            state: row.parse::<KeyState>("state")?,
            not_before: row.time("not_before")?,
            not_after: row.time("not_after")?,
            created_at: row.time("created_at")?,
            state_changed_at: row.time("state_changed_at")?,
        },
        sealed: row.text("sealed_private")?,
        certificate: row.text("certificate")?,
    })
}

/// Inserts a signing key.
///
/// # Errors
/// The engine's.
pub fn insert_signing_key(txn: &mut dyn Txn, row: &SigningKeyRow) -> Result<(), StoreError> {
    let facts = &row.facts;
    txn.execute(
        "INSERT INTO signing_keys (id, purpose, algorithm, state, sealed_private, certificate, not_before, not_after, created_at, state_changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            facts.id.as_str().into(),
            facts.purpose.as_str().into(),
            facts.algorithm.as_str().into(),
            facts.state.as_str().into(),
            row.sealed.as_str().into(),
            row.certificate.as_str().into(),
            facts.not_before.into(),
            facts.not_after.into(),
            facts.created_at.into(),
            facts.state_changed_at.into(),
        ],
    )?;
    Ok(())
}

/// Moves a key from one state to another; false when it is not in the first.
///
/// # Errors
/// The engine's.
pub fn change_state(txn: &mut dyn Txn, change: &StateChange) -> Result<bool, StoreError> {
    let moved = txn.execute(
        "UPDATE signing_keys SET state = $1, state_changed_at = $2, sealed_private = COALESCE(CAST($3 AS TEXT), sealed_private) \
         WHERE id = $4 AND state = $5",
        &[
            change.after.as_str().into(),
            change.at.into(),
            Value::from(change.sealed.clone()),
            change.id.as_str().into(),
            change.before.as_str().into(),
        ],
    )?;
    Ok(moved == 1)
}

/// Removes a retired key's row; false when the key is not retired. The state stands in the statement, so that no caller
/// can remove a key that others still trust (security.md R-16).
///
/// # Errors
/// The engine's.
pub fn remove_retired(txn: &mut dyn Txn, id: &KeyId) -> Result<bool, StoreError> {
    let removed = txn.execute(
        "DELETE FROM signing_keys WHERE id = $1 AND state = 'retired' AND purpose <> 'audit'",
        &[id.as_str().into()],
    )?;
    Ok(removed == 1)
}

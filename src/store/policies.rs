//! Policies, as texts: what they mean is `policy`'s.

use serde::de::DeserializeOwned;

use super::{Row, StoreError, Txn};

/// A policy's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    /// Random.
    pub id: String,
    /// `global`, `group`, `application` or `permission_set`.
    pub scope_kind: String,
    /// Which one; empty for the global one.
    pub scope_id: String,
    /// JSON.
    pub body: String,
    /// Raised by each change.
    pub revision: i64,
}

impl PolicyRow {
    /// What it says, as the type of whoever knows what that means.
    ///
    /// # Errors
    /// [`StoreError::Data`].
    pub fn says<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(&self.body).map_err(|error| {
            StoreError::Data(format!("policy {} cannot be read: {error}", self.id))
        })
    }
}

/// Every policy.
///
/// # Errors
/// The engine's.
pub fn all(txn: &mut dyn Txn) -> Result<Vec<PolicyRow>, StoreError> {
    let rows = txn.query(
        "SELECT id, scope_kind, scope_id, body, revision FROM policies ORDER BY scope_kind, scope_id",
        &[],
    )?;
    rows.iter().map(read).collect()
}

/// Whether a scope has a policy.
///
/// # Errors
/// The engine's.
pub fn is_set(txn: &mut dyn Txn, scope: (&str, &str)) -> Result<bool, StoreError> {
    Ok(of(txn, scope)?.is_some())
}

/// The policy of a scope: of its kind and id.
///
/// # Errors
/// The engine's.
pub fn of(txn: &mut dyn Txn, (kind, id): (&str, &str)) -> Result<Option<PolicyRow>, StoreError> {
    let row = txn.query_opt(
        "SELECT id, scope_kind, scope_id, body, revision FROM policies WHERE scope_kind = $1 AND scope_id = $2",
        &[kind.into(), id.into()],
    )?;
    row.as_ref().map(read).transpose()
}

/// Ends a policy.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, policy: &PolicyRow) -> Result<(), StoreError> {
    txn.execute(
        "DELETE FROM policies WHERE id = $1",
        &[policy.id.as_str().into()],
    )?;
    Ok(())
}

fn read(row: &Row) -> Result<PolicyRow, StoreError> {
    Ok(PolicyRow {
        id: row.text("id")?,
        scope_kind: row.text("scope_kind")?,
        scope_id: row.text("scope_id")?,
        body: row.text("body")?,
        revision: row.int("revision")?,
    })
}

/// Sets the policy of a scope over the revision that was seen (none: there was none); false when somebody else was first.
///
/// # Errors
/// The engine's.
pub fn put(txn: &mut dyn Txn, policy: &PolicyRow, seen: Option<i64>) -> Result<bool, StoreError> {
    let params = [
        policy.id.as_str().into(),
        policy.scope_kind.as_str().into(),
        policy.scope_id.as_str().into(),
        policy.body.as_str().into(),
        policy.revision.into(),
    ];
    let changed = match seen {
        None => txn.execute(
            "INSERT INTO policies (id, scope_kind, scope_id, body, revision) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (scope_kind, scope_id) DO NOTHING",
            &params,
        )?,
        Some(seen) => {
            let [_, kind, scope, body, revision] = params;
            txn.execute(
                "UPDATE policies SET body = $3, revision = $4
                 WHERE scope_kind = $1 AND scope_id = $2 AND revision = $5",
                &[kind, scope, body, revision, seen.into()],
            )?
        }
    };
    Ok(changed == 1)
}

//! AWS accounts and permission sets.

use super::{Row, StoreError, Txn, Value};
use crate::model::{AccountColour, AccountId, AwsAccount, PermissionSet, PermissionSetId};

pub(super) const ACCOUNT_COLUMNS: &str = "c.id, c.name, c.email, c.partition_name, c.provider_name, c.path, c.labels, c.colour, c.revision";

pub(super) fn read_account(row: &Row) -> Result<AwsAccount, StoreError> {
    Ok(AwsAccount {
        id: row.parse("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        partition: row.text("partition_name")?,
        provider_name: row.text("provider_name")?,
        path: row.text("path")?,
        labels: row.json("labels")?,
        colour: AccountColour::from_word(&row.text("colour")?).unwrap_or_default(),
        revision: row.int("revision")?,
    })
}

fn account_values(account: &AwsAccount) -> Result<[Value; 9], StoreError> {
    let labels = serde_json::to_string(&account.labels)
        .map_err(|error| StoreError::Data(error.to_string()))?;
    Ok([
        account.id.as_str().into(),
        account.name.as_str().into(),
        account.email.as_str().into(),
        account.partition.as_str().into(),
        account.provider_name.as_str().into(),
        account.path.as_str().into(),
        labels.into(),
        account.colour.as_str().into(),
        account.revision.into(),
    ])
}

/// The labels once more, so that the database finds accounts by them.
fn put_labels(txn: &mut dyn Txn, account: &AwsAccount) -> Result<(), StoreError> {
    let id = account.id.as_str();
    txn.execute(
        "DELETE FROM account_labels WHERE account_id = $1",
        &[id.into()],
    )?;
    for label in &account.labels {
        txn.execute(
            "INSERT INTO account_labels (account_id, label) VALUES ($1, $2)
             ON CONFLICT (account_id, label) DO NOTHING",
            &[id.into(), label.as_str().into()],
        )?;
    }
    Ok(())
}

fn body(set: &PermissionSet) -> Result<String, StoreError> {
    serde_json::to_string(set).map_err(|error| StoreError::Data(error.to_string()))
}

/// An account by its number.
///
/// # Errors
/// The engine's.
pub fn account_by_id(txn: &mut dyn Txn, id: &AccountId) -> Result<Option<AwsAccount>, StoreError> {
    let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM aws_accounts c WHERE c.id = $1");
    let row = txn.query_opt(&sql, &[id.as_str().into()])?;
    row.as_ref().map(read_account).transpose()
}

/// Every account, by name.
///
/// # Errors
/// The engine's.
pub fn accounts(txn: &mut dyn Txn) -> Result<Vec<AwsAccount>, StoreError> {
    let sql = format!("SELECT {ACCOUNT_COLUMNS} FROM aws_accounts c ORDER BY c.name, c.id");
    txn.query(&sql, &[])?.iter().map(read_account).collect()
}

/// Stores a new account; false when its number is there.
///
/// # Errors
/// The engine's.
pub fn insert_account(txn: &mut dyn Txn, account: &AwsAccount) -> Result<bool, StoreError> {
    let inserted = txn.execute(
        "INSERT INTO aws_accounts (id, name, email, partition_name, provider_name, path, labels, colour, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
        &account_values(account)?,
    )?;
    if inserted == 1 {
        put_labels(txn, account)?;
    }
    Ok(inserted == 1)
}

/// Stores a change over the revision before it.
///
/// # Errors
/// The engine's.
pub fn update_account(txn: &mut dyn Txn, account: &AwsAccount) -> Result<bool, StoreError> {
    let updated = txn.execute(
        "UPDATE aws_accounts SET name = $2, email = $3, partition_name = $4, provider_name = $5, path = $6,
           labels = $7, colour = $8, revision = $9
         WHERE id = $1 AND revision = $9 - 1",
        &account_values(account)?,
    )?;
    if updated == 1 {
        put_labels(txn, account)?;
    }
    Ok(updated == 1)
}

/// Deletes an account at this revision, and with it its assignments.
///
/// # Errors
/// The engine's.
pub fn delete_account(
    txn: &mut dyn Txn,
    id: &AccountId,
    revision: i64,
) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM aws_accounts WHERE id = $1 AND revision = $2",
        &[id.as_str().into(), revision.into()],
    )?;
    Ok(deleted == 1)
}

/// A permission set by id.
///
/// # Errors
/// The engine's.
pub fn permission_set_by_id(
    txn: &mut dyn Txn,
    id: &PermissionSetId,
) -> Result<Option<PermissionSet>, StoreError> {
    let row = txn.query_opt(
        "SELECT body FROM permission_sets WHERE id = $1",
        &[id.as_str().into()],
    )?;
    row.map(|row| row.json("body")).transpose()
}

/// A permission set by name, exactly.
///
/// # Errors
/// The engine's.
pub fn permission_set_by_name(
    txn: &mut dyn Txn,
    name: &str,
) -> Result<Option<PermissionSet>, StoreError> {
    let row = txn.query_opt(
        "SELECT body FROM permission_sets WHERE name = $1",
        &[name.into()],
    )?;
    row.map(|row| row.json("body")).transpose()
}

/// Every permission set, by name.
///
/// # Errors
/// The engine's.
pub fn permission_sets(txn: &mut dyn Txn) -> Result<Vec<PermissionSet>, StoreError> {
    let rows = txn.query("SELECT body FROM permission_sets ORDER BY name", &[])?;
    rows.iter().map(|row| row.json("body")).collect()
}

/// Stores a new permission set; false when one of that name is there.
///
/// # Errors
/// The engine's.
pub fn insert_permission_set(txn: &mut dyn Txn, set: &PermissionSet) -> Result<bool, StoreError> {
    let inserted = txn.execute(
        "INSERT INTO permission_sets (id, name, body, revision) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO NOTHING",
        &[
            set.id.as_str().into(),
            set.name.as_str().into(),
            body(set)?.into(),
            set.revision.into(),
        ],
    )?;
    Ok(inserted == 1)
}

/// Stores a change over the revision before it. That the name is free was looked at in the same transaction.
///
/// # Errors
/// The engine's.
pub fn update_permission_set(txn: &mut dyn Txn, set: &PermissionSet) -> Result<bool, StoreError> {
    let updated = txn.execute(
        "UPDATE permission_sets SET name = $2, body = $3, revision = $4 WHERE id = $1 AND revision = $4 - 1",
        &[
            set.id.as_str().into(),
            set.name.as_str().into(),
            body(set)?.into(),
            set.revision.into(),
        ],
    )?;
    Ok(updated == 1)
}

/// Deletes a permission set at this revision, and with it its assignments.
///
/// # Errors
/// The engine's.
pub fn delete_permission_set(
    txn: &mut dyn Txn,
    id: &PermissionSetId,
    revision: i64,
) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM permission_sets WHERE id = $1 AND revision = $2",
        &[id.as_str().into(), revision.into()],
    )?;
    Ok(deleted == 1)
}

/// Whether any permission set tells AWS of a person's groups.
///
/// # Errors
/// The engine's.
pub fn groups_are_told(txn: &mut dyn Txn) -> Result<bool, StoreError> {
    let sets = permission_sets(txn)?;
    let tells = |set: &PermissionSet| set.session_tags.values().any(|source| source == "groups");
    Ok(sets.iter().any(tells))
}

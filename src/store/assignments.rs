//! Who may use which application, and take which permission set where: directly, or as a member of a group.

use super::{Row, StoreError, Txn, Value, applications, aws};
use crate::model::{
    AccountAssignment, AccountId, AppAssignment, AppId, Application, AwsAccount, GroupId,
    PermissionSet, PermissionSetId, Principal, UserId,
};

/// Whether a row's principal is the person `$1`, or a group that the person is in.
const REACHES: &str = "((s.principal_kind = 'user' AND s.principal_id = $1)
     OR (s.principal_kind = 'group' AND s.principal_id IN (SELECT m.group_id FROM memberships m WHERE m.user_id = $1)))";

fn columns(principal: &Principal) -> [Value; 2] {
    match principal {
        Principal::User(id) => ["user".into(), id.as_str().into()],
        Principal::Group(id) => ["group".into(), id.as_str().into()],
    }
}

fn principal(row: &Row) -> Result<Principal, StoreError> {
    match row.text("principal_kind")?.as_str() {
        "user" => Ok(Principal::User(row.parse("principal_id")?)),
        "group" => Ok(Principal::Group(row.parse("principal_id")?)),
        other => Err(StoreError::Data(format!(
            "\"{other}\" is no kind of principal"
        ))),
    }
}

/// Whether a person may use an application.
///
/// # Errors
/// The engine's.
pub fn app_assigned(
    txn: &mut dyn Txn,
    app_id: &AppId,
    user_id: &UserId,
) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT s.app_id FROM application_assignments s WHERE s.app_id = $2 AND {REACHES} LIMIT 1"
    );
    let row = txn.query_opt(&sql, &[user_id.as_str().into(), app_id.as_str().into()])?;
    Ok(row.is_some())
}

/// Whether a person may take a permission set in an account.
///
/// # Errors
/// The engine's.
pub fn account_assigned(
    txn: &mut dyn Txn,
    account_id: &AccountId,
    permission_set_id: &PermissionSetId,
    user_id: &UserId,
) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT s.account_id FROM account_assignments s
         WHERE s.account_id = $2 AND s.permission_set_id = $3 AND {REACHES} LIMIT 1"
    );
    let row = txn.query_opt(
        &sql,
        &[
            user_id.as_str().into(),
            account_id.as_str().into(),
            permission_set_id.as_str().into(),
        ],
    )?;
    Ok(row.is_some())
}

/// Whether a person may take any permission set in any account.
///
/// # Errors
/// The engine's.
pub fn reaches_any_account(txn: &mut dyn Txn, user_id: &UserId) -> Result<bool, StoreError> {
    let sql = format!("SELECT s.account_id FROM account_assignments s WHERE {REACHES} LIMIT 1");
    let row = txn.query_opt(&sql, &[user_id.as_str().into()])?;
    Ok(row.is_some())
}

/// Whether a group carries any permission set in any account.
///
/// # Errors
/// The engine's.
pub fn group_has_accounts(txn: &mut dyn Txn, group_id: &GroupId) -> Result<bool, StoreError> {
    let principal = Principal::Group(group_id.clone());
    let (_, accounts) = of_principal(txn, &principal)?;
    Ok(!accounts.is_empty())
}

/// The applications that a person may use, of those that are switched on, by name.
///
/// # Errors
/// The engine's.
pub fn apps_of(txn: &mut dyn Txn, user_id: &UserId) -> Result<Vec<Application>, StoreError> {
    let sql = format!(
        "SELECT {} FROM applications a
         WHERE a.state = 'enabled' AND EXISTS (
           SELECT 1 FROM application_assignments s WHERE s.app_id = a.id AND {REACHES})
         ORDER BY a.name_key",
        applications::COLUMNS
    );
    txn.query(&sql, &[user_id.as_str().into()])?
        .iter()
        .map(applications::read)
        .collect()
}

/// The permission sets that a person may take, by the account's name and number and the set's name; each pair once.
///
/// # Errors
/// The engine's.
pub fn account_roles_of(
    txn: &mut dyn Txn,
    user_id: &UserId,
) -> Result<Vec<(AwsAccount, PermissionSet)>, StoreError> {
    let sql = format!(
        "SELECT {}, p.body AS body FROM aws_accounts c
         JOIN (SELECT DISTINCT s.account_id, s.permission_set_id FROM account_assignments s WHERE {REACHES}) r
           ON r.account_id = c.id
         JOIN permission_sets p ON p.id = r.permission_set_id
         ORDER BY c.name, c.id, p.name",
        aws::ACCOUNT_COLUMNS
    );
    txn.query(&sql, &[user_id.as_str().into()])?
        .iter()
        .map(|row| Ok((aws::read_account(row)?, row.json("body")?)))
        .collect()
}

/// Assigns an application; false when it is assigned.
///
/// # Errors
/// The engine's.
pub fn insert_app(txn: &mut dyn Txn, assignment: &AppAssignment) -> Result<bool, StoreError> {
    let [kind, id] = columns(&assignment.principal);
    let inserted = txn.execute(
        "INSERT INTO application_assignments (app_id, principal_kind, principal_id) VALUES ($1, $2, $3)
         ON CONFLICT (app_id, principal_kind, principal_id) DO NOTHING",
        &[assignment.app_id.as_str().into(), kind, id],
    )?;
    Ok(inserted == 1)
}

/// Ends an assignment of an application; false when there is none.
///
/// # Errors
/// The engine's.
pub fn delete_app(txn: &mut dyn Txn, assignment: &AppAssignment) -> Result<bool, StoreError> {
    let [kind, id] = columns(&assignment.principal);
    let deleted = txn.execute(
        "DELETE FROM application_assignments WHERE app_id = $1 AND principal_kind = $2 AND principal_id = $3",
        &[assignment.app_id.as_str().into(), kind, id],
    )?;
    Ok(deleted == 1)
}

/// Every assignment of an application.
///
/// # Errors
/// The engine's.
pub fn apps(txn: &mut dyn Txn) -> Result<Vec<AppAssignment>, StoreError> {
    let rows = txn.query(
        "SELECT app_id, principal_kind, principal_id FROM application_assignments
         ORDER BY app_id, principal_kind, principal_id",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            Ok(AppAssignment {
                app_id: row.parse("app_id")?,
                principal: principal(row)?,
            })
        })
        .collect()
}

/// Assigns a permission set in an account; false when it is assigned.
///
/// # Errors
/// The engine's.
pub fn insert_account(
    txn: &mut dyn Txn,
    assignment: &AccountAssignment,
) -> Result<bool, StoreError> {
    let [kind, id] = columns(&assignment.principal);
    let inserted = txn.execute(
        "INSERT INTO account_assignments (account_id, permission_set_id, principal_kind, principal_id)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, permission_set_id, principal_kind, principal_id) DO NOTHING",
        &[
            assignment.account_id.as_str().into(),
            assignment.permission_set_id.as_str().into(),
            kind,
            id,
        ],
    )?;
    Ok(inserted == 1)
}

/// Ends an assignment of a permission set in an account; false when there is none.
///
/// # Errors
/// The engine's.
pub fn delete_account(
    txn: &mut dyn Txn,
    assignment: &AccountAssignment,
) -> Result<bool, StoreError> {
    let [kind, id] = columns(&assignment.principal);
    let deleted = txn.execute(
        "DELETE FROM account_assignments
         WHERE account_id = $1 AND permission_set_id = $2 AND principal_kind = $3 AND principal_id = $4",
        &[
            assignment.account_id.as_str().into(),
            assignment.permission_set_id.as_str().into(),
            kind,
            id,
        ],
    )?;
    Ok(deleted == 1)
}

/// Every assignment of a permission set in an account.
///
/// # Errors
/// The engine's.
pub fn accounts(txn: &mut dyn Txn) -> Result<Vec<AccountAssignment>, StoreError> {
    let rows = txn.query(
        "SELECT account_id, permission_set_id, principal_kind, principal_id FROM account_assignments
         ORDER BY account_id, permission_set_id, principal_kind, principal_id",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            Ok(AccountAssignment {
                account_id: row.parse("account_id")?,
                permission_set_id: row.parse("permission_set_id")?,
                principal: principal(row)?,
            })
        })
        .collect()
}

/// Every assignment of a person or a group.
///
/// # Errors
/// The engine's.
pub fn of_principal(
    txn: &mut dyn Txn,
    principal: &Principal,
) -> Result<(Vec<AppAssignment>, Vec<AccountAssignment>), StoreError> {
    let apps = apps(txn)?.into_iter().filter(|a| a.principal == *principal);
    let apps = apps.collect();
    let accounts = accounts(txn)?
        .into_iter()
        .filter(|a| a.principal == *principal);
    Ok((apps, accounts.collect()))
}

//! Who may use which application, and take which permission set where: directly, or as a member of a group.

use std::collections::BTreeSet;

use super::statement::placeholders;
use super::{Row, StoreError, Txn, Value, applications, aws, groups};
use crate::model::{
    AccountAssignment, AccountId, AccountRule, AccountSelector, AppAssignment, AppId, Application,
    AwsAccount, Group, GroupId, PermissionSet, PermissionSetId, Principal, User, UserId,
};

/// A person, and the groups by which something may reach them (`groups::effective`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    user_id: UserId,
    groups: Vec<GroupId>,
}

impl Reach {
    /// The person, with every group that they are in.
    pub fn new(user_id: &UserId, groups: &[Group]) -> Self {
        Self {
            user_id: user_id.clone(),
            groups: groups.iter().map(|group| group.id.clone()).collect(),
        }
    }

    /// Reads the groups of a person.
    ///
    /// # Errors
    /// The engine's.
    pub fn of(txn: &mut dyn Txn, user: &User) -> Result<Self, StoreError> {
        let groups = groups::effective(txn, user)?;
        Ok(Self::new(&user.id, &groups))
    }

    /// Whether a row's principal (of the table `s`) is the person or one of the groups, with the values behind `given`.
    fn condition(&self, given: Vec<Value>) -> (String, Vec<Value>) {
        let mut values = given;
        values.push(self.user_id.as_str().into());
        let user = values.len();
        let mut sql = format!("(s.principal_kind = 'user' AND s.principal_id = ${user})");
        if !self.groups.is_empty() {
            let list = placeholders(user.saturating_add(1), self.groups.len());
            sql = format!("({sql} OR (s.principal_kind = 'group' AND s.principal_id IN ({list})))");
            values.extend(self.groups.iter().map(|id| id.as_str().into()));
        }
        (sql, values)
    }
}

/// Whether a rule's selector (of the table `s`) finds an account (of the table `c`); as `AccountSelector::covers`.
const COVERS: &str = "((s.selector_kind = 'label' AND EXISTS (
       SELECT 1 FROM account_labels l WHERE l.account_id = c.id AND l.label = s.selector))
     OR (s.selector_kind = 'path' AND (s.selector = '/' OR c.path = s.selector
       OR SUBSTR(c.path, 1, LENGTH(s.selector) + 1) = s.selector || '/')))";

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
pub fn app_assigned(txn: &mut dyn Txn, app_id: &AppId, reach: &Reach) -> Result<bool, StoreError> {
    let (reaches, values) = reach.condition(vec![app_id.as_str().into()]);
    let sql = format!(
        "SELECT s.app_id FROM application_assignments s WHERE s.app_id = $1 AND {reaches} LIMIT 1"
    );
    Ok(txn.query_opt(&sql, &values)?.is_some())
}

/// Whether a person may take a permission set in an account.
///
/// # Errors
/// The engine's.
pub fn account_assigned(
    txn: &mut dyn Txn,
    account_id: &AccountId,
    permission_set_id: &PermissionSetId,
    reach: &Reach,
) -> Result<bool, StoreError> {
    let target = vec![
        account_id.as_str().into(),
        permission_set_id.as_str().into(),
    ];
    let (reaches, values) = reach.condition(target);
    let sql = format!(
        "SELECT s.principal_id FROM account_assignments s
         WHERE s.account_id = $1 AND s.permission_set_id = $2 AND {reaches}
         UNION ALL
         SELECT s.principal_id FROM account_rules s JOIN aws_accounts c ON c.id = $1
         WHERE s.permission_set_id = $2 AND {reaches} AND {COVERS}
         LIMIT 1"
    );
    Ok(txn.query_opt(&sql, &values)?.is_some())
}

/// Whether anything in AWS is assigned to a person, be there an account for it or not.
///
/// # Errors
/// The engine's.
pub fn reaches_any_account(txn: &mut dyn Txn, reach: &Reach) -> Result<bool, StoreError> {
    let (reaches, values) = reach.condition(Vec::new());
    let sql = format!(
        "SELECT s.principal_id FROM account_assignments s WHERE {reaches}
         UNION ALL SELECT s.principal_id FROM account_rules s WHERE {reaches} LIMIT 1"
    );
    Ok(txn.query_opt(&sql, &values)?.is_some())
}

/// Whether anything in AWS is assigned to a group itself.
///
/// # Errors
/// The engine's.
pub fn group_has_accounts(txn: &mut dyn Txn, group_id: &GroupId) -> Result<bool, StoreError> {
    let of = "s.principal_kind = 'group' AND s.principal_id = $1";
    let sql = format!(
        "SELECT s.principal_id FROM account_assignments s WHERE {of}
         UNION ALL SELECT s.principal_id FROM account_rules s WHERE {of} LIMIT 1"
    );
    Ok(txn.query_opt(&sql, &[group_id.as_str().into()])?.is_some())
}

/// The applications that a person may use, of those that are switched on, by name.
///
/// # Errors
/// The engine's.
pub fn apps_of(txn: &mut dyn Txn, reach: &Reach) -> Result<Vec<Application>, StoreError> {
    let (reaches, values) = reach.condition(Vec::new());
    let sql = format!(
        "SELECT {} FROM applications a
         WHERE a.state = 'enabled' AND EXISTS (
           SELECT 1 FROM application_assignments s WHERE s.app_id = a.id AND {reaches})
         ORDER BY a.name_key",
        applications::COLUMNS
    );
    txn.query(&sql, &values)?
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
    reach: &Reach,
) -> Result<Vec<(AwsAccount, PermissionSet)>, StoreError> {
    let (reaches, values) = reach.condition(Vec::new());
    let sql = format!(
        "SELECT {}, p.body AS body FROM aws_accounts c
         JOIN (SELECT s.account_id, s.permission_set_id FROM account_assignments s WHERE {reaches}
               UNION SELECT c.id, s.permission_set_id FROM account_rules s JOIN aws_accounts c ON {COVERS}
               WHERE {reaches}) r
           ON r.account_id = c.id
         JOIN permission_sets p ON p.id = r.permission_set_id
         ORDER BY c.name, c.id, p.name",
        aws::ACCOUNT_COLUMNS
    );
    txn.query(&sql, &values)?
        .iter()
        .map(|row| Ok((aws::read_account(row)?, row.json("body")?)))
        .collect()
}

/// Whether somebody may take one of these permission sets in an account.
///
/// # Errors
/// The engine's.
pub fn any_assigned(
    txn: &mut dyn Txn,
    account: &AwsAccount,
    sets: &[PermissionSetId],
) -> Result<bool, StoreError> {
    let named = of_account(txn, &account.id)?;
    if named
        .iter()
        .any(|one| sets.contains(&one.permission_set_id))
    {
        return Ok(true);
    }
    let rules = rules(txn)?;
    let mut rules = rules.iter();
    Ok(rules.any(|rule| sets.contains(&rule.permission_set_id) && rule.selector.covers(account)))
}

/// Whether something in an account is assigned to one of these itself.
///
/// # Errors
/// The engine's.
pub fn reaches_account(
    txn: &mut dyn Txn,
    account: &AwsAccount,
    principals: &BTreeSet<Principal>,
) -> Result<bool, StoreError> {
    if principals.is_empty() {
        return Ok(false);
    }
    let is_theirs = |principal: &Principal| principals.contains(principal);
    let named = of_account(txn, &account.id)?;
    if named.iter().any(|assigned| is_theirs(&assigned.principal)) {
        return Ok(true);
    }
    let rules = rules(txn)?;
    let mut rules = rules.iter().filter(|rule| rule.selector.covers(account));
    Ok(rules.any(|rule| is_theirs(&rule.principal)))
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
    rows.iter().map(read_account_assignment).collect()
}

fn read_account_assignment(row: &Row) -> Result<AccountAssignment, StoreError> {
    Ok(AccountAssignment {
        account_id: row.parse("account_id")?,
        permission_set_id: row.parse("permission_set_id")?,
        principal: principal(row)?,
    })
}

/// Every assignment in one account.
///
/// # Errors
/// The engine's.
pub fn of_account(txn: &mut dyn Txn, id: &AccountId) -> Result<Vec<AccountAssignment>, StoreError> {
    let rows = txn.query(
        "SELECT account_id, permission_set_id, principal_kind, principal_id FROM account_assignments
         WHERE account_id = $1 ORDER BY permission_set_id, principal_kind, principal_id",
        &[id.as_str().into()],
    )?;
    rows.iter().map(read_account_assignment).collect()
}

/// Every assignment of a permission set in a named account that reaches a person.
///
/// # Errors
/// The engine's.
pub fn accounts_of(txn: &mut dyn Txn, reach: &Reach) -> Result<Vec<AccountAssignment>, StoreError> {
    let (reaches, values) = reach.condition(Vec::new());
    let sql = format!(
        "SELECT s.account_id, s.permission_set_id, s.principal_kind, s.principal_id FROM account_assignments s
         WHERE {reaches} ORDER BY s.account_id, s.permission_set_id"
    );
    let rows = txn.query(&sql, &values)?;
    rows.iter().map(read_account_assignment).collect()
}

/// Assigns a permission set in every account that a selector finds; false when it is assigned.
///
/// # Errors
/// The engine's.
pub fn insert_rule(txn: &mut dyn Txn, rule: &AccountRule) -> Result<bool, StoreError> {
    let inserted = txn.execute(
        "INSERT INTO account_rules (selector_kind, selector, permission_set_id, principal_kind, principal_id)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (selector_kind, selector, permission_set_id, principal_kind, principal_id) DO NOTHING",
        &rule_columns(rule),
    )?;
    Ok(inserted == 1)
}

/// Ends that; false when there is none.
///
/// # Errors
/// The engine's.
pub fn delete_rule(txn: &mut dyn Txn, rule: &AccountRule) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM account_rules WHERE selector_kind = $1 AND selector = $2 AND permission_set_id = $3
           AND principal_kind = $4 AND principal_id = $5",
        &rule_columns(rule),
    )?;
    Ok(deleted == 1)
}

fn rule_columns(rule: &AccountRule) -> [Value; 5] {
    let (selector_kind, selector) = match &rule.selector {
        AccountSelector::Label(label) => ("label", label),
        AccountSelector::Path(path) => ("path", path),
    };
    let [kind, id] = columns(&rule.principal);
    [
        selector_kind.into(),
        selector.as_str().into(),
        rule.permission_set_id.as_str().into(),
        kind,
        id,
    ]
}

/// Every assignment by what accounts are.
///
/// # Errors
/// The engine's; [`StoreError::Data`] when a selector is of no known kind.
pub fn rules(txn: &mut dyn Txn) -> Result<Vec<AccountRule>, StoreError> {
    let rows = txn.query(
        "SELECT selector_kind, selector, permission_set_id, principal_kind, principal_id FROM account_rules
         ORDER BY selector_kind, selector, permission_set_id, principal_kind, principal_id",
        &[],
    )?;
    rows.iter()
        .map(|row| {
            let selector = row.text("selector")?;
            Ok(AccountRule {
                selector: match row.text("selector_kind")?.as_str() {
                    "label" => AccountSelector::Label(selector),
                    "path" => AccountSelector::Path(selector),
                    other => {
                        let reason = format!("\"{other}\" is no kind of selector");
                        return Err(StoreError::Data(reason));
                    }
                },
                permission_set_id: row.parse("permission_set_id")?,
                principal: principal(row)?,
            })
        })
        .collect()
}

/// Everything that is assigned to a person or a group itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Applications.
    pub apps: Vec<AppAssignment>,
    /// Permission sets in accounts.
    pub accounts: Vec<AccountAssignment>,
    /// Permission sets in accounts by what they are.
    pub rules: Vec<AccountRule>,
}

/// Every assignment of a person or a group itself.
///
/// # Errors
/// The engine's.
pub fn of_principal(txn: &mut dyn Txn, principal: &Principal) -> Result<Assigned, StoreError> {
    let apps = apps(txn)?.into_iter().filter(|a| a.principal == *principal);
    let apps = apps.collect();
    let accounts = accounts(txn)?.into_iter();
    let accounts = accounts.filter(|a| a.principal == *principal).collect();
    let rules = rules(txn)?.into_iter();
    Ok(Assigned {
        apps,
        accounts,
        rules: rules.filter(|rule| rule.principal == *principal).collect(),
    })
}

//! The organisation as the tables have it: written and read by SQL of the tests' own.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use signet::audit::{OrganisationAt, PolicySnapshot, UserSnapshot};
use signet::model::{
    AccountAssignment, AccountRule, AccountSelector, AppAssignment, Application, AwsAccount, Group,
    GroupId, GroupRule, PermissionSet, Principal, Registration, User, UserId, fold_key,
};
use signet::store::{Row, Store, StoreError, Txn, Value};

/// A statement of a change.
#[derive(Clone)]
pub(super) struct Statement {
    sql: String,
    params: Vec<Value>,
}

impl Statement {
    pub(super) fn run(&self, txn: &mut dyn Txn) -> Result<(), StoreError> {
        let changed = txn.execute(&self.sql, &self.params)?;
        assert_eq!(changed, 1, "{}", self.sql);
        Ok(())
    }
}

fn text<T: Serialize>(value: &T) -> Value {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(text) => text.as_str().into(),
        other => other.to_string().as_str().into(),
    }
}

/// Inserts a row, or gives the one of the same id these values.
fn put(table: &str, columns: &[(&str, Value)]) -> Statement {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let set: Vec<String> = names
        .iter()
        .map(|n| format!("{n} = excluded.{n}"))
        .collect();
    Statement {
        sql: format!(
            "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}",
            names.join(", "),
            places.join(", "),
            set.join(", ")
        ),
        params: columns.iter().map(|(_, value)| value.clone()).collect(),
    }
}

fn insert(table: &str, columns: &[(&str, Value)]) -> Statement {
    let put = put(table, columns);
    let (sql, _) = put.sql.split_once(" ON CONFLICT").unwrap();
    Statement {
        sql: sql.to_owned(),
        ..put
    }
}

fn delete(table: &str, columns: &[(&str, Value)]) -> Statement {
    let places = (1..).zip(columns);
    let matches: Vec<String> = places
        .map(|(n, (name, _))| format!("{name} = ${n}"))
        .collect();
    Statement {
        sql: format!("DELETE FROM {table} WHERE {}", matches.join(" AND ")),
        params: columns.iter().map(|(_, value)| value.clone()).collect(),
    }
}

pub(super) fn delete_by_id(table: &str, id: &str) -> Statement {
    delete(table, &[("id", id.into())])
}

pub(super) fn put_user(user: &User) -> Statement {
    put(
        "users",
        &[
            ("id", user.id.as_str().into()),
            ("user_name", user.user_name.as_str().into()),
            (
                "user_name_key",
                fold_key(user.user_name.as_str()).as_str().into(),
            ),
            ("email", user.email.as_str().into()),
            ("email_key", fold_key(user.email.as_str()).as_str().into()),
            ("display_name", user.display_name.as_str().into()),
            ("given_name", user.given_name.as_str().into()),
            ("family_name", user.family_name.as_str().into()),
            ("state", text(&user.state)),
            ("admin_role", text(&user.admin_role)),
            ("source_identity", user.source_identity.as_str().into()),
            ("attributes", text(&user.attributes)),
            ("created_at", user.created_at.into()),
            ("revision", user.revision.into()),
        ],
    )
}

pub(super) fn put_group(group: &Group) -> Statement {
    put(
        "groups",
        &[
            ("id", group.id.as_str().into()),
            ("name", group.name.as_str().into()),
            ("name_key", fold_key(&group.name).as_str().into()),
            ("description", group.description.as_str().into()),
            ("created_at", group.created_at.into()),
            ("revision", group.revision.into()),
        ],
    )
}

pub(super) fn put_application(application: &Application) -> Statement {
    put(
        "applications",
        &[
            ("id", application.id.as_str().into()),
            ("name", application.name.as_str().into()),
            ("name_key", fold_key(&application.name).as_str().into()),
            ("state", text(&application.state)),
            ("entity_id", application.registration.identifier().into()),
            ("protocol", "saml".into()),
            ("registration", text(application.saml().unwrap())),
            ("created_at", application.created_at.into()),
            ("revision", application.revision.into()),
        ],
    )
}

pub(super) fn put_account(account: &AwsAccount) -> Statement {
    put(
        "aws_accounts",
        &[
            ("id", account.id.as_str().into()),
            ("name", account.name.as_str().into()),
            ("email", account.email.as_str().into()),
            ("partition_name", account.partition.as_str().into()),
            ("provider_name", account.provider_name.as_str().into()),
            ("revision", account.revision.into()),
        ],
    )
}

pub(super) fn put_permission_set(set: &PermissionSet) -> Statement {
    put(
        "permission_sets",
        &[
            ("id", set.id.as_str().into()),
            ("name", set.name.as_str().into()),
            ("body", text(set)),
            ("revision", set.revision.into()),
        ],
    )
}

pub(super) fn put_policy(policy: &PolicySnapshot) -> Statement {
    put(
        "policies",
        &[
            ("id", policy.id.as_str().into()),
            ("scope_kind", policy.scope_kind.as_str().into()),
            ("scope_id", policy.scope_id.as_str().into()),
            ("body", text(&policy.body)),
            ("revision", policy.revision.into()),
        ],
    )
}

type Columns = Vec<(&'static str, Value)>;

fn membership(group: &GroupId, user: &UserId) -> Columns {
    vec![
        ("group_id", group.as_str().into()),
        ("user_id", user.as_str().into()),
    ]
}

pub(super) fn add_member(group: &GroupId, user: &UserId) -> Statement {
    let mut columns = membership(group, user);
    columns.push(("created_at", 0.into()));
    insert("memberships", &columns)
}

pub(super) fn remove_member(group: &GroupId, user: &UserId) -> Statement {
    delete("memberships", &membership(group, user))
}

fn principal(principal: &Principal) -> Columns {
    let (kind, id) = match principal {
        Principal::User(id) => ("user", id.as_str()),
        Principal::Group(id) => ("group", id.as_str()),
    };
    vec![("principal_kind", kind.into()), ("principal_id", id.into())]
}

fn to_application(assignment: &AppAssignment) -> Columns {
    let mut columns = principal(&assignment.principal);
    columns.push(("app_id", assignment.app_id.as_str().into()));
    columns
}

pub(super) fn assign(assignment: &AppAssignment) -> Statement {
    insert("application_assignments", &to_application(assignment))
}

pub(super) fn unassign(assignment: &AppAssignment) -> Statement {
    delete("application_assignments", &to_application(assignment))
}

fn to_account(assignment: &AccountAssignment) -> Columns {
    let mut columns = principal(&assignment.principal);
    columns.push(("account_id", assignment.account_id.as_str().into()));
    let set = assignment.permission_set_id.as_str().into();
    columns.push(("permission_set_id", set));
    columns
}

pub(super) fn assign_account(assignment: &AccountAssignment) -> Statement {
    insert("account_assignments", &to_account(assignment))
}

pub(super) fn unassign_account(assignment: &AccountAssignment) -> Statement {
    delete("account_assignments", &to_account(assignment))
}

fn read<T>(txn: &mut dyn Txn, sql: &str, from: fn(&Row) -> T) -> Result<Vec<T>, StoreError> {
    Ok(txn.query(sql, &[])?.iter().map(from).collect())
}

fn column<T: DeserializeOwned>(row: &Row, name: &str) -> T {
    serde_json::from_value(row.text(name).unwrap().into()).unwrap()
}

fn json<T: DeserializeOwned>(row: &Row, name: &str) -> T {
    serde_json::from_str(&row.text(name).unwrap()).unwrap()
}

fn user(row: &Row) -> User {
    User {
        id: column(row, "id"),
        user_name: column(row, "user_name"),
        email: column(row, "email"),
        display_name: column(row, "display_name"),
        given_name: column(row, "given_name"),
        family_name: column(row, "family_name"),
        state: column(row, "state"),
        admin_role: column(row, "admin_role"),
        source_identity: column(row, "source_identity"),
        attributes: json(row, "attributes"),
        starts_at: row.opt_time("starts_at").unwrap(),
        ends_at: row.opt_time("ends_at").unwrap(),
        created_at: row.time("created_at").unwrap(),
        revision: row.int("revision").unwrap(),
    }
}

fn group(row: &Row) -> Group {
    Group {
        id: column(row, "id"),
        name: column(row, "name"),
        description: column(row, "description"),
        rule: None,
        created_at: row.time("created_at").unwrap(),
        revision: row.int("revision").unwrap(),
    }
}

fn application(row: &Row) -> Application {
    Application {
        id: column(row, "id"),
        name: column(row, "name"),
        state: column(row, "state"),
        registration: Registration::Saml(json(row, "registration")),
        created_at: row.time("created_at").unwrap(),
        revision: row.int("revision").unwrap(),
    }
}

fn account(row: &Row) -> AwsAccount {
    AwsAccount {
        id: column(row, "id"),
        name: column(row, "name"),
        email: column(row, "email"),
        partition: column(row, "partition_name"),
        provider_name: column(row, "provider_name"),
        path: column(row, "path"),
        labels: json(row, "labels"),
        colour: column(row, "colour"),
        revision: row.int("revision").unwrap(),
    }
}

fn policy(row: &Row) -> PolicySnapshot {
    PolicySnapshot {
        id: column(row, "id"),
        scope_kind: column(row, "scope_kind"),
        scope_id: column(row, "scope_id"),
        body: json(row, "body"),
        revision: row.int("revision").unwrap(),
    }
}

fn principal_of(row: &Row) -> Principal {
    if row.text("principal_kind").unwrap() == "user" {
        Principal::User(column(row, "principal_id"))
    } else {
        Principal::Group(column(row, "principal_id"))
    }
}

/// Everything, in one read transaction.
pub(super) fn organisation(store: &Store) -> OrganisationAt {
    store.read_blocking(read_all).unwrap()
}

fn read_all(txn: &mut dyn Txn) -> Result<OrganisationAt, StoreError> {
    let users = read(txn, "SELECT * FROM users", user)?;
    let snapshot = |user: User| (user.id.clone(), UserSnapshot::from(&user));
    let groups = read(txn, "SELECT * FROM groups", group)?;
    let applications = read(txn, "SELECT * FROM applications", application)?;
    let accounts = read(txn, "SELECT * FROM aws_accounts", account)?;
    let sets: Vec<PermissionSet> = read(txn, "SELECT * FROM permission_sets", |r| json(r, "body"))?;
    let policies = read(txn, "SELECT * FROM policies", policy)?;
    let memberships = read(txn, "SELECT * FROM memberships", |row| {
        (column(row, "group_id"), column(row, "user_id"))
    })?;
    let to_apps = read(txn, "SELECT * FROM application_assignments", |row| {
        AppAssignment {
            app_id: column(row, "app_id"),
            principal: principal_of(row),
        }
    })?;
    let to_accounts = read(txn, "SELECT * FROM account_assignments", |row| {
        AccountAssignment {
            account_id: column(row, "account_id"),
            permission_set_id: column(row, "permission_set_id"),
            principal: principal_of(row),
        }
    })?;
    let rules: BTreeMap<GroupId, GroupRule> = read(txn, "SELECT * FROM group_rules", |row| {
        (column(row, "group_id"), json(row, "rule"))
    })?
    .into_iter()
    .collect();
    let groups = groups.into_iter().map(|group| Group {
        rule: rules.get(&group.id).cloned(),
        ..group
    });
    let nestings = read(txn, "SELECT * FROM nested_groups", |row| {
        (column(row, "group_id"), column(row, "member_id"))
    })?;
    let by_kind = read(txn, "SELECT * FROM account_rules", |row| {
        let selector = row.text("selector").unwrap();
        AccountRule {
            selector: match row.text("selector_kind").unwrap().as_str() {
                "label" => AccountSelector::Label(selector),
                _ => AccountSelector::Path(selector),
            },
            permission_set_id: column(row, "permission_set_id"),
            principal: principal_of(row),
        }
    })?;
    Ok(OrganisationAt {
        nestings: nestings.into_iter().collect(),
        account_rules: by_kind.into_iter().collect(),
        users: users.into_iter().map(snapshot).collect(),
        groups: groups.map(|g| (g.id.clone(), g)).collect(),
        memberships: memberships.into_iter().collect(),
        applications: applications
            .into_iter()
            .map(|a| (a.id.clone(), a))
            .collect(),
        application_assignments: to_apps.into_iter().collect(),
        accounts: accounts.into_iter().map(|a| (a.id.clone(), a)).collect(),
        permission_sets: sets.into_iter().map(|s| (s.id.clone(), s)).collect(),
        account_assignments: to_accounts.into_iter().collect(),
        policies: policies.into_iter().map(|p| (p.id.clone(), p)).collect(),
    })
}

//! The changes, one by one, through the services.

use super::file::{AssignmentEntry, PermissionSetEntry, PolicyEntry};
use super::plan::Change;
use crate::apps::{NewApplication, PolicyScope};
use crate::cli::CliError;
use crate::model::{
    AccountAssignment, AccountId, AppAssignment, Application, Group, PermissionSet,
    PermissionSetId, Principal, User, fold_key,
};
use crate::op::Op;
use crate::web::App;

/// Makes one change.
pub(super) async fn make(app: &App, op: &Op, change: &Change) -> Result<(), CliError> {
    match change {
        Change::AddUser(new) => {
            app.directory.create_user(op, (**new).clone()).await?;
            Ok(())
        }
        Change::UpdateUser(name, profile) => {
            let id = user(app, name).await?.id;
            app.directory.update_user(op, &id, name, profile).await?;
            Ok(())
        }
        Change::SetAdminRole(name, role) => {
            let id = user(app, name).await?.id;
            app.directory.set_admin_role(op, &id, *role).await?;
            Ok(())
        }
        Change::SetUserState(name, state) => {
            let id = user(app, name).await?.id;
            app.directory.set_user_state(op, &id, *state).await?;
            Ok(())
        }
        Change::AddGroup(g) => {
            let description = g.description.as_deref().unwrap_or_default();
            app.directory.create_group(op, &g.name, description).await?;
            Ok(())
        }
        Change::UpdateGroup(g) => {
            let group = group(app, &g.name).await?;
            let description = g.description.as_deref().unwrap_or_default();
            app.directory
                .update_group(op, &group.id, &g.name, description)
                .await?;
            Ok(())
        }
        Change::AddMember { group: g, user: u } => {
            let (group, user) = (group(app, g).await?, user(app, u).await?);
            app.directory.add_member(op, &group.id, &user.id).await?;
            Ok(())
        }
        Change::RemoveMember { group: g, user: u } => {
            let (group, user) = (group(app, g).await?, user(app, u).await?);
            app.directory.remove_member(op, &group.id, &user.id).await?;
            Ok(())
        }
        Change::AddPermissionSet(entry) => {
            let id = PermissionSetId::from_random(op.entropy.octets());
            let set = permission_set(entry, id, 0);
            app.apps.create_permission_set(op, set).await?;
            Ok(())
        }
        Change::UpdatePermissionSet(entry) => {
            let before = set(app, &entry.name).await?;
            let after = permission_set(entry, before.id, before.revision);
            app.apps.update_permission_set(op, after).await?;
            Ok(())
        }
        Change::AddAccount(account) => {
            app.apps.add_account(op, account.clone()).await?;
            Ok(())
        }
        Change::UpdateAccount(account) => {
            app.apps.update_account(op, account.clone()).await?;
            Ok(())
        }
        Change::AddApplication(name, state, registration) => {
            let new = NewApplication {
                name: name.clone(),
                registration: (**registration).clone(),
            };
            let made = app.apps.register(op, new).await?;
            let state = *state;
            app.apps.update(op, Application { state, ..made }).await?;
            Ok(())
        }
        Change::UpdateApplication(name, state, registration) => {
            let after = Application {
                name: name.clone(),
                state: *state,
                registration: (**registration).clone(),
                ..application(app, name).await?
            };
            app.apps.update(op, after).await?;
            Ok(())
        }
        Change::SetPolicy(entry) => set_policy(app, op, entry).await,
        Change::Assign(entry) => assign(app, op, entry).await,
        Change::Unassign(entry) => unassign(app, op, entry).await,
    }
}

pub(super) fn permission_set(
    entry: &PermissionSetEntry,
    id: PermissionSetId,
    revision: i64,
) -> PermissionSet {
    PermissionSet {
        id,
        name: entry.name.clone(),
        description: entry.description.clone(),
        role_path: entry.role_path.clone().unwrap_or_default(),
        session_duration_seconds: entry.session_duration_seconds,
        relay_state: entry.relay_state.clone(),
        session_tags: entry.session_tags.clone(),
        transitive_tag_keys: entry.transitive_tag_keys.clone(),
        role: entry.role.clone(),
        revision,
    }
}

async fn set_policy(app: &App, op: &Op, entry: &PolicyEntry) -> Result<(), CliError> {
    let scope = match (&entry.group, &entry.application, &entry.permission_set) {
        (Some(name), _, _) => PolicyScope::Group(group(app, name).await?.id),
        (_, Some(name), _) => PolicyScope::Application(application(app, name).await?.id),
        (_, _, Some(name)) => PolicyScope::PermissionSet(set(app, name).await?.id),
        _ => PolicyScope::Global,
    };
    let mut policy = entry.policy.clone();
    if let Some(names) = &entry.passes_from {
        let mut ids = Vec::new();
        for name in names {
            ids.push(group(app, name).await?.id);
        }
        policy.passes_from = Some(ids);
    }
    app.apps.set_policy(op, &scope, &policy).await?;
    Ok(())
}

/// The two kinds of assignment, by ids.
enum Assignment {
    App(AppAssignment),
    Account(AccountAssignment),
}

async fn resolve(app: &App, entry: &AssignmentEntry) -> Result<Assignment, CliError> {
    let principal = match (&entry.user, &entry.group) {
        (Some(name), _) => Principal::User(user(app, name).await?.id),
        (_, Some(name)) => Principal::Group(group(app, name).await?.id),
        _ => return Err(gone("user", "")),
    };
    match (&entry.application, &entry.account, &entry.permission_set) {
        (Some(name), _, _) => Ok(Assignment::App(AppAssignment {
            app_id: application(app, name).await?.id,
            principal,
        })),
        (_, Some(account), Some(name)) => Ok(Assignment::Account(AccountAssignment {
            account_id: AccountId::parse(account).map_err(|_| gone("account", account))?,
            permission_set_id: set(app, name).await?.id,
            principal,
        })),
        _ => Err(gone("application", "")),
    }
}

async fn assign(app: &App, op: &Op, entry: &AssignmentEntry) -> Result<(), CliError> {
    match resolve(app, entry).await? {
        Assignment::App(assignment) => app.apps.assign(op, assignment).await?,
        Assignment::Account(assignment) => app.apps.assign_account(op, assignment).await?,
    };
    Ok(())
}

async fn unassign(app: &App, op: &Op, entry: &AssignmentEntry) -> Result<(), CliError> {
    match resolve(app, entry).await? {
        Assignment::App(assignment) => app.apps.unassign(op, assignment).await?,
        Assignment::Account(assignment) => app.apps.unassign_account(op, assignment).await?,
    };
    Ok(())
}

/// The plan has seen it; somebody else has taken it away since.
fn gone(what: &str, name: &str) -> CliError {
    CliError::Refused(format!("{what} \"{name}\" is gone since the comparison"))
}

async fn user(app: &App, name: &str) -> Result<User, CliError> {
    let found = app.directory.user_by_name(name).await?;
    found.ok_or_else(|| gone("user", name))
}

async fn group(app: &App, name: &str) -> Result<Group, CliError> {
    let found = app.directory.group_by_name(name).await?;
    found.ok_or_else(|| gone("group", name))
}

async fn set(app: &App, name: &str) -> Result<PermissionSet, CliError> {
    let mut all = app.apps.permission_sets().await?.into_iter();
    all.find(|set| set.name == name)
        .ok_or_else(|| gone("permission set", name))
}

async fn application(app: &App, name: &str) -> Result<Application, CliError> {
    let mut all = app.apps.applications().await?.into_iter();
    all.find(|a| fold_key(&a.name) == fold_key(name))
        .ok_or_else(|| gone("application", name))
}

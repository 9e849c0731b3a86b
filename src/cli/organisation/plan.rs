//! What has to change: the file compared with what there is, before anything is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::current::Current;
use super::file::{
    ApplicationEntry, AssignmentEntry, GroupEntry, Organisation, PermissionSetEntry, PolicyEntry,
};
use crate::apps::NewApplication;
use crate::cli::CliError;
use crate::directory::{NewUser, Profile};
use crate::model::{
    AdminRole, AppState, AwsAccount, Registration, ServiceProvider, Timestamp, User, UserState,
    fold_key,
};

/// One change. They are made in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    AddUser(Box<NewUser>),
    UpdateUser(String, Box<Profile>),
    SetAdminRole(String, AdminRole),
    SetUserState(String, UserState),
    AddGroup(GroupEntry),
    UpdateGroup(GroupEntry),
    AddMember { group: String, user: String },
    RemoveMember { group: String, user: String },
    AddPermissionSet(PermissionSetEntry),
    UpdatePermissionSet(PermissionSetEntry),
    AddAccount(AwsAccount),
    UpdateAccount(AwsAccount),
    AddApplication(String, AppState, Box<Registration>),
    UpdateApplication(String, AppState, Box<Registration>),
    SetPolicy(PolicyEntry),
    Assign(AssignmentEntry),
    Unassign(AssignmentEntry),
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AddUser(u) => write!(f, "+ user {}", u.user_name),
            Self::UpdateUser(name, _) => write!(f, "~ user {name}"),
            Self::SetAdminRole(name, role) => {
                write!(f, "~ user {name}: admin_role {}", role.as_str())
            }
            Self::SetUserState(name, state) => write!(f, "~ user {name}: state {}", state.as_str()),
            Self::AddGroup(g) => write!(f, "+ group {}", g.name),
            Self::UpdateGroup(g) => write!(f, "~ group {}", g.name),
            Self::AddMember { group, user } => write!(f, "+ {user} in group {group}"),
            Self::RemoveMember { group, user } => write!(f, "- {user} in group {group}"),
            Self::AddPermissionSet(s) => write!(f, "+ permission set {}", s.name),
            Self::UpdatePermissionSet(s) => write!(f, "~ permission set {}", s.name),
            Self::AddAccount(a) => write!(f, "+ account {} ({})", a.id, a.name),
            Self::UpdateAccount(a) => write!(f, "~ account {} ({})", a.id, a.name),
            Self::AddApplication(name, ..) => write!(f, "+ application {name}"),
            Self::UpdateApplication(name, ..) => write!(f, "~ application {name}"),
            Self::SetPolicy(p) => write!(f, "~ policy of {}", p.scope()),
            Self::Assign(a) => write!(f, "+ {a}"),
            Self::Unassign(a) => write!(f, "- {a}"),
        }
    }
}

impl PolicyEntry {
    fn scope(&self) -> String {
        match (&self.group, &self.application, &self.permission_set) {
            (Some(name), _, _) => format!("group {name}"),
            (_, Some(name), _) => format!("application {name}"),
            (_, _, Some(name)) => format!("permission set {name}"),
            _ => "everybody".to_owned(),
        }
    }
}

impl std::fmt::Display for AssignmentEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.user, &self.group) {
            (Some(name), _) => write!(f, "user {name}: ")?,
            (_, Some(name)) => write!(f, "group {name}: ")?,
            _ => {}
        }
        match (&self.application, &self.account, &self.permission_set) {
            (Some(name), _, _) => write!(f, "application {name}"),
            (_, Some(account), Some(set)) => write!(f, "{set} in account {account}"),
            _ => Ok(()),
        }
    }
}

fn refused(text: String) -> CliError {
    CliError::Refused(text)
}

/// Compares, for files of that folder at that time. Every name that the file uses must be in the file or be there already;
/// nothing has been changed when not.
pub(super) fn plan(
    wanted: &Organisation,
    current: &Current,
    place: (&Path, Timestamp),
) -> Result<Vec<Change>, CliError> {
    let there = current.as_file();
    let known = Known::of(wanted, &there)?;
    let mut changes = Vec::new();
    users(wanted, current, &mut changes);
    groups(wanted, &there, &known, &mut changes)?;
    for set in &wanted.permission_sets {
        let set = with_role_path(set);
        match there.permission_sets.iter().find(|s| s.name == set.name) {
            None => changes.push(Change::AddPermissionSet(set)),
            Some(before) if *before != set => changes.push(Change::UpdatePermissionSet(set)),
            Some(_) => {}
        }
    }
    accounts(wanted, current, &mut changes);
    for entry in &wanted.applications {
        changes.extend(application(entry, &there, place)?);
    }
    let mut scopes = BTreeSet::new();
    for policy in &wanted.policies {
        known.check_policy(policy)?;
        if !scopes.insert(fold_key(&policy.scope())) {
            let scope = policy.scope();
            return Err(refused(format!(
                "the policy of {scope} is in the file twice"
            )));
        }
        if !there.policies.iter().any(|p| p.says_the_same(policy)) {
            changes.push(Change::SetPolicy(policy.clone()));
        }
    }
    assignments(wanted, &there, &known, &mut changes)?;
    Ok(changes)
}

/// What gives comes before what takes: an administrator may go when another one has come.
fn users(wanted: &Organisation, current: &Current, changes: &mut Vec<Change>) {
    let mut takes = Vec::new();
    let there = current.users.iter();
    let there: BTreeMap<String, &User> = there
        .map(|user| (fold_key(user.user_name.as_str()), user))
        .collect();
    for entry in &wanted.users {
        let name = entry.user_name.clone();
        let before = there.get(&fold_key(&name)).copied();
        let profile = entry.profile(before);
        let Some(before) = before else {
            changes.push(Change::AddUser(Box::new(NewUser {
                user_name: name,
                state: entry.state.unwrap_or(UserState::Active),
                admin_role: entry.admin_role.unwrap_or(AdminRole::None),
                profile,
            })));
            continue;
        };
        if name != before.user_name.as_str() || profile != profile_of(before) {
            changes.push(Change::UpdateUser(name.clone(), Box::new(profile)));
        }
        if let Some(role) = entry.admin_role.filter(|role| *role != before.admin_role) {
            match role {
                AdminRole::Administrator => &mut *changes,
                _ => &mut takes,
            }
            .push(Change::SetAdminRole(name.clone(), role));
        }
        if let Some(state) = entry.state.filter(|state| *state != before.state) {
            match state {
                UserState::Active => &mut *changes,
                _ => &mut takes,
            }
            .push(Change::SetUserState(name, state));
        }
    }
    changes.extend(takes);
}

fn profile_of(user: &User) -> Profile {
    Profile {
        email: user.email.to_string(),
        display_name: user.display_name.clone(),
        given_name: user.given_name.clone(),
        family_name: user.family_name.clone(),
        attributes: user.attributes.clone(),
    }
}

fn groups(
    wanted: &Organisation,
    there: &Organisation,
    known: &Known,
    changes: &mut Vec<Change>,
) -> Result<(), CliError> {
    let mut members = Vec::new();
    for group in &wanted.groups {
        let same = |g: &&GroupEntry| fold_key(&g.name) == fold_key(&group.name);
        let before = there.groups.iter().find(same);
        match before {
            None => changes.push(Change::AddGroup(group.clone())),
            Some(b) => {
                let after = GroupEntry {
                    description: group.description.clone().or_else(|| b.description.clone()),
                    ..group.clone()
                };
                if (&b.name, &b.description) != (&after.name, &after.description) {
                    changes.push(Change::UpdateGroup(after));
                }
            }
        }
        let Some(list) = &group.members else { continue };
        let old = before.and_then(|b| b.members.clone()).unwrap_or_default();
        let keys = |names: &[String]| -> BTreeSet<String> {
            names.iter().map(|name| fold_key(name)).collect()
        };
        let (old_keys, new_keys) = (keys(&old), keys(list));
        let name = || group.name.clone();
        for user in list {
            known.check("user", &known.users, user)?;
            if !old_keys.contains(&fold_key(user)) {
                let (group, user) = (name(), user.clone());
                members.push(Change::AddMember { group, user });
            }
        }
        for user in old
            .iter()
            .filter(|user| !new_keys.contains(&fold_key(user)))
        {
            let (group, user) = (name(), user.clone());
            members.push(Change::RemoveMember { group, user });
        }
    }
    changes.extend(members);
    Ok(())
}

fn with_role_path(set: &PermissionSetEntry) -> PermissionSetEntry {
    let mut set = set.clone();
    let default = format!("signet/Signet_{}", set.name);
    set.role_path.get_or_insert(default);
    set
}

fn accounts(wanted: &Organisation, current: &Current, changes: &mut Vec<Change>) {
    for entry in &wanted.accounts {
        let before = current.accounts.iter().find(|a| a.id == entry.id);
        let account = AwsAccount {
            id: entry.id.clone(),
            name: entry.name.clone(),
            email: entry.email.clone(),
            partition: entry.partition.clone(),
            provider_name: entry.provider_name.clone(),
            path: entry.path.clone(),
            labels: entry.labels.clone(),
            colour: entry.colour,
            revision: before.map_or(0, |a| a.revision),
        };
        match before {
            None => changes.push(Change::AddAccount(account)),
            Some(before) if *before != account => changes.push(Change::UpdateAccount(account)),
            Some(_) => {}
        }
    }
}

fn application(
    entry: &ApplicationEntry,
    there: &Organisation,
    place: (&Path, Timestamp),
) -> Result<Option<Change>, CliError> {
    let registration = Box::new(registration(entry, place)?);
    let same = |a: &&ApplicationEntry| fold_key(&a.name) == fold_key(&entry.name);
    let (name, state) = (entry.name.clone(), entry.state);
    Ok(match there.applications.iter().find(same) {
        None => Some(Change::AddApplication(name, state, registration)),
        Some(before)
            if before.registration().as_ref() != Some(&*registration)
                || before.state != state
                || before.name != name =>
        {
            Some(Change::UpdateApplication(name, state, registration))
        }
        Some(_) => None,
    })
}

impl ApplicationEntry {
    /// The whole registration, where the entry has it.
    fn registration(&self) -> Option<Registration> {
        let saml = self.saml.clone().map(Registration::Saml);
        saml.or_else(|| self.client.clone().map(Registration::Client))
    }
}

fn registration(
    entry: &ApplicationEntry,
    place: (&Path, Timestamp),
) -> Result<Registration, CliError> {
    match (&entry.client, &entry.saml, &entry.metadata) {
        (None, _, _) => service_provider(entry, place).map(Registration::Saml),
        (Some(client), None, None) => Ok(Registration::Client(client.clone())),
        _ => Err(refused(format!(
            "application {}: [applications.client] stands alone, without metadata and [applications.saml]",
            entry.name
        ))),
    }
}

fn service_provider(
    entry: &ApplicationEntry,
    (folder, now): (&Path, Timestamp),
) -> Result<ServiceProvider, CliError> {
    let name = &entry.name;
    let mut saml = match (&entry.saml, &entry.metadata) {
        (Some(saml), None) => saml.clone(),
        (None, Some(file)) => {
            let path = folder.join(file);
            let xml = fs::read(&path).map_err(|e| {
                CliError::failed(format!("application {name}: {}", path.display()), e)
            })?;
            NewApplication::service_provider(&xml, now).map_err(|error| {
                refused(format!("application {name}: {}: {error}", path.display()))
            })?
        }
        _ => {
            return Err(refused(format!(
                "application {name}: it needs one of metadata = \"FILE\", [applications.saml] or [applications.client]"
            )));
        }
    };
    if let Some(allow) = entry.allow_idp_initiated {
        saml.allow_idp_initiated = allow;
    }
    if let Some(require) = entry.require_signed_requests {
        saml.require_signed_requests = require;
    }
    if entry.default_relay_state.is_some() {
        saml.default_relay_state
            .clone_from(&entry.default_relay_state);
    }
    if let Some(attributes) = &entry.attributes {
        saml.attributes.clone_from(attributes);
    }
    Ok(saml)
}

fn assignments(
    wanted: &Organisation,
    there: &Organisation,
    known: &Known,
    changes: &mut Vec<Change>,
) -> Result<(), CliError> {
    let Some(list) = &wanted.assignments else {
        return Ok(());
    };
    let key = |a: &AssignmentEntry| AssignmentEntry {
        user: a.user.as_deref().map(fold_key),
        group: a.group.as_deref().map(fold_key),
        application: a.application.as_deref().map(fold_key),
        ..a.clone()
    };
    let old = there.assignments.clone().unwrap_or_default();
    let old_keys: BTreeSet<_> = old.iter().map(key).collect();
    let new_keys: BTreeSet<_> = list.iter().map(key).collect();
    for gone in old.iter().filter(|a| !new_keys.contains(&key(a))) {
        changes.push(Change::Unassign(gone.clone()));
    }
    let mut seen = BTreeSet::new();
    for entry in list {
        known.check_assignment(entry)?;
        if !old_keys.contains(&key(entry)) && seen.insert(key(entry)) {
            changes.push(Change::Assign(entry.clone()));
        }
    }
    Ok(())
}

/// The names that will be there.
struct Known {
    users: BTreeSet<String>,
    groups: BTreeSet<String>,
    sets: BTreeSet<String>,
    accounts: BTreeSet<String>,
    applications: BTreeSet<String>,
}

impl Known {
    fn of(wanted: &Organisation, there: &Organisation) -> Result<Self, CliError> {
        let all = |what: &str, new: Vec<String>, old: Vec<String>| {
            let mut known = BTreeSet::new();
            for name in &new {
                if !known.insert(fold_key(name)) {
                    return Err(refused(format!("{what} \"{name}\" is in the file twice")));
                }
            }
            known.extend(old.iter().map(|name| fold_key(name)));
            Ok(known)
        };
        let users = |o: &Organisation| o.users.iter().map(|u| u.user_name.clone()).collect();
        let groups = |o: &Organisation| o.groups.iter().map(|g| g.name.clone()).collect();
        let sets = |o: &Organisation| o.permission_sets.iter().map(|s| s.name.clone()).collect();
        let accounts = |o: &Organisation| o.accounts.iter().map(|a| a.id.to_string()).collect();
        let apps = |o: &Organisation| o.applications.iter().map(|a| a.name.clone()).collect();
        Ok(Self {
            users: all("user", users(wanted), users(there))?,
            groups: all("group", groups(wanted), groups(there))?,
            sets: all("permission set", sets(wanted), sets(there))?,
            accounts: all("account", accounts(wanted), accounts(there))?,
            applications: all("application", apps(wanted), apps(there))?,
        })
    }

    fn check(&self, what: &str, known: &BTreeSet<String>, name: &str) -> Result<(), CliError> {
        if known.contains(&fold_key(name)) {
            return Ok(());
        }
        let nearest = known
            .iter()
            .map(|candidate| (strsim::jaro_winkler(candidate, &fold_key(name)), candidate))
            .filter(|(nearness, _)| *nearness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let hint = nearest.map(|(_, name)| format!("; did you mean \"{name}\"?"));
        Err(refused(format!(
            "there is no {what} \"{name}\", neither in the file nor in Signet{}",
            hint.unwrap_or_default()
        )))
    }

    fn check_assignment(&self, entry: &AssignmentEntry) -> Result<(), CliError> {
        match (&entry.user, &entry.group) {
            (Some(user), None) => self.check("user", &self.users, user)?,
            (None, Some(group)) => self.check("group", &self.groups, group)?,
            _ => return Err(incomplete(entry)),
        }
        match (&entry.application, &entry.account, &entry.permission_set) {
            (Some(app), None, None) => self.check("application", &self.applications, app),
            (None, Some(account), Some(set)) => {
                self.check("account", &self.accounts, account)?;
                self.check("permission set", &self.sets, set)
            }
            _ => Err(incomplete(entry)),
        }
    }

    fn check_policy(&self, entry: &PolicyEntry) -> Result<(), CliError> {
        if entry.policy.passes_from.is_some() {
            return Err(refused(
                "passes_from names groups by their names: write it beside group, above policy"
                    .into(),
            ));
        }
        let is_over_people = entry.application.is_none() && entry.permission_set.is_none();
        if entry.passes_from.is_some() && !is_over_people {
            return Err(refused(
                "passes_from belongs in a policy of everybody or of a group".into(),
            ));
        }
        for name in entry.passes_from.iter().flatten() {
            self.check("group", &self.groups, name)?;
        }
        match (&entry.group, &entry.application, &entry.permission_set) {
            (None, None, None) => Ok(()),
            (Some(name), None, None) => self.check("group", &self.groups, name),
            (None, Some(name), None) => self.check("application", &self.applications, name),
            (None, None, Some(name)) => self.check("permission set", &self.sets, name),
            _ => Err(refused(
                "a policy is of one group, one application, one permission set, or without any of them of everybody"
                    .into(),
            )),
        }
    }
}

fn incomplete(entry: &AssignmentEntry) -> CliError {
    refused(format!(
        "the assignment \"{entry}\" needs user or group, and application or account with permission_set"
    ))
}

//! The organisation as it is, by names: what `export` prints and `apply` compares with.

use std::collections::BTreeMap;

use super::file::{
    AccountEntry, ApplicationEntry, AssignmentEntry, GroupEntry, Organisation, PermissionSetEntry,
    PolicyEntry, UserEntry,
};
use crate::apps::PolicyScope;
use crate::cli::CliError;
use crate::model::{
    AppId, Application, AwsAccount, Group, GroupId, PermissionSet, PermissionSetId, Principal,
    User, UserId,
};
use crate::web::App;

/// Everything, with the ids behind the names.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) users: Vec<User>,
    pub(super) groups: Vec<Group>,
    memberships: Vec<(GroupId, UserId)>,
    pub(super) permission_sets: Vec<PermissionSet>,
    pub(super) accounts: Vec<AwsAccount>,
    pub(super) applications: Vec<Application>,
    assignments: Vec<AssignmentEntry>,
    policies: Vec<PolicyEntry>,
    account_rules: usize,
    nestings: usize,
    protected: usize,
}

struct Names {
    users: BTreeMap<UserId, String>,
    groups: BTreeMap<GroupId, String>,
    sets: BTreeMap<PermissionSetId, String>,
    applications: BTreeMap<AppId, String>,
}

impl Names {
    fn assignment(&self, principal: &Principal) -> AssignmentEntry {
        let (user, group) = match principal {
            Principal::User(id) => (self.users.get(id).cloned(), None),
            Principal::Group(id) => (None, self.groups.get(id).cloned()),
        };
        AssignmentEntry {
            user,
            group,
            ..AssignmentEntry::default()
        }
    }
}

impl Current {
    /// Reads it.
    pub(super) async fn of(app: &App) -> Result<Self, CliError> {
        let mut current = Self {
            users: app.directory.users().await?,
            groups: app.directory.groups().await?,
            memberships: app.directory.memberships().await?,
            permission_sets: app.apps.permission_sets().await?,
            accounts: app.apps.accounts().await?,
            applications: app.apps.applications().await?,
            assignments: Vec::new(),
            policies: Vec::new(),
            account_rules: app.apps.account_rules().await?.len(),
            nestings: app.directory.nestings().await?,
            protected: app.directory.protected().await?.len(),
        };
        let names = current.names();
        for assigned in app.apps.app_assignments().await? {
            current.assignments.push(AssignmentEntry {
                application: names.applications.get(&assigned.app_id).cloned(),
                ..names.assignment(&assigned.principal)
            });
        }
        for assigned in app.apps.account_assignments().await? {
            current.assignments.push(AssignmentEntry {
                account: Some(assigned.account_id.to_string()),
                permission_set: names.sets.get(&assigned.permission_set_id).cloned(),
                ..names.assignment(&assigned.principal)
            });
        }
        current.assignments.sort();
        for (scope, mut policy) in app.apps.policies().await? {
            let named = policy.passes_from.take();
            let name = |id: &GroupId| names.groups.get(id).cloned();
            let mut entry = PolicyEntry {
                passes_from: named.map(|ids| ids.iter().filter_map(name).collect()),
                group: None,
                application: None,
                permission_set: None,
                policy,
            };
            let of = match scope {
                PolicyScope::Global => {
                    current.policies.push(entry);
                    continue;
                }
                PolicyScope::Group(id) => (&mut entry.group, names.groups.get(&id)),
                PolicyScope::Application(id) => {
                    (&mut entry.application, names.applications.get(&id))
                }
                PolicyScope::PermissionSet(id) => (&mut entry.permission_set, names.sets.get(&id)),
            };
            // What is of something that is gone is of nobody, and not of everybody.
            if let (field, Some(name)) = of {
                *field = Some(name.clone());
                current.policies.push(entry);
            }
        }
        Ok(current)
    }

    /// What there is that the file has no words for.
    pub(super) fn left_out(&self) -> Vec<String> {
        let ruled = self.groups.iter().filter(|group| group.rule.is_some());
        let dated = |user: &&User| user.starts_at.is_some() || user.ends_at.is_some();
        [
            (ruled.count(), "rules of groups"),
            (self.nestings, "groups in groups"),
            (self.account_rules, "assignments by label or path"),
            (self.protected, "protected objects"),
            (
                self.users.iter().filter(dated).count(),
                "people's first and last days",
            ),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{what} ({count}); see the console"))
        .collect()
    }

    fn names(&self) -> Names {
        Names {
            users: self
                .users
                .iter()
                .map(|user| (user.id.clone(), user.user_name.to_string()))
                .collect(),
            groups: self
                .groups
                .iter()
                .map(|group| (group.id.clone(), group.name.clone()))
                .collect(),
            sets: self
                .permission_sets
                .iter()
                .map(|set| (set.id.clone(), set.name.clone()))
                .collect(),
            applications: self
                .applications
                .iter()
                .map(|application| (application.id.clone(), application.name.clone()))
                .collect(),
        }
    }

    /// As a file.
    pub(super) fn as_file(&self) -> Organisation {
        Organisation {
            users: self.users.iter().map(user_entry).collect(),
            groups: self.group_entries(),
            permission_sets: self.permission_sets.iter().map(set_entry).collect(),
            accounts: self.accounts.iter().map(account_entry).collect(),
            applications: self.applications.iter().map(application_entry).collect(),
            assignments: Some(self.assignments.clone()),
            policies: self.policies.clone(),
        }
    }

    /// Members in the order of the people.
    fn group_entries(&self) -> Vec<GroupEntry> {
        let mut groups_of: BTreeMap<&UserId, Vec<&GroupId>> = BTreeMap::new();
        for (group, user) in &self.memberships {
            groups_of.entry(user).or_default().push(group);
        }
        let mut members: BTreeMap<&GroupId, Vec<String>> = BTreeMap::new();
        for user in &self.users {
            for group in groups_of.get(&user.id).into_iter().flatten() {
                let of_group = members.entry(group).or_default();
                of_group.push(user.user_name.to_string());
            }
        }
        let entry = |group: &Group| GroupEntry {
            name: group.name.clone(),
            description: Some(group.description.clone()),
            // Who is in a group by rule is not put there by a file.
            members: (group.rule.is_none())
                .then(|| members.get(&group.id).cloned().unwrap_or_default()),
        };
        self.groups.iter().map(entry).collect()
    }
}

fn user_entry(user: &User) -> UserEntry {
    UserEntry {
        user_name: user.user_name.to_string(),
        email: user.email.to_string(),
        display_name: user.display_name.clone(),
        given_name: Some(user.given_name.clone()),
        family_name: Some(user.family_name.clone()),
        state: Some(user.state),
        admin_role: Some(user.admin_role),
        attributes: Some(user.attributes.clone()).filter(|attributes| !attributes.is_empty()),
    }
}

fn set_entry(set: &PermissionSet) -> PermissionSetEntry {
    PermissionSetEntry {
        name: set.name.clone(),
        description: set.description.clone(),
        role_path: Some(set.role_path.clone()),
        session_duration_seconds: set.session_duration_seconds,
        relay_state: set.relay_state.clone(),
        transitive_tag_keys: set.transitive_tag_keys.clone(),
        session_tags: set.session_tags.clone(),
        role: set.role.clone(),
    }
}

fn account_entry(account: &AwsAccount) -> AccountEntry {
    AccountEntry {
        id: account.id.clone(),
        name: account.name.clone(),
        email: account.email.clone(),
        partition: account.partition.clone(),
        provider_name: account.provider_name.clone(),
        path: account.path.clone(),
        labels: account.labels.clone(),
        colour: account.colour,
    }
}

fn application_entry(application: &Application) -> ApplicationEntry {
    ApplicationEntry {
        name: application.name.clone(),
        state: application.state,
        metadata: None,
        allow_idp_initiated: None,
        require_signed_requests: None,
        default_relay_state: None,
        attributes: None,
        saml: application.saml().cloned(),
        client: application.client().cloned(),
    }
}

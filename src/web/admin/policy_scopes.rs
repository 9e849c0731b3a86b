//! Of what a policy can be, and what the simulator can be asked about, by names and by the words of a form.

use crate::apps::PolicyScope;
use crate::model::{AccountId, AppId, Assurance, Factor, Group, GroupId, Network, PermissionSetId};
use crate::policy::{Policy, Target};
use crate::render::{Choice, FactorChoice, PolicyForm, PolicyRow};
use crate::web::App;
use crate::web::error::PageError;

/// Everything that has a policy or may have one.
pub(super) struct Scopes {
    groups: Vec<(GroupId, String)>,
    /// Whether there are so many groups that a new policy names its group by typing; `groups` has then those alone that have
    /// a policy or are named by one.
    pub(super) types_group: bool,
    applications: Vec<(AppId, String)>,
    sets: Vec<(PermissionSetId, String)>,
    accounts: Vec<(AccountId, String)>,
    /// What is set.
    pub(super) policies: Vec<(PolicyScope, Policy)>,
}

impl Scopes {
    pub(super) async fn read(app: &App) -> Result<Self, PageError> {
        let policies = app.apps.policies().await?;
        let few = app.directory.few_groups().await?;
        let types_group = few.is_none();
        let groups = match few {
            Some(all) => all,
            None => with_a_policy(app, &policies).await?,
        };
        let applications = app.apps.applications().await?.into_iter();
        let sets = app.apps.permission_sets().await?.into_iter();
        let accounts = app.apps.accounts().await?.into_iter();
        Ok(Self {
            groups: groups.into_iter().map(|g| (g.id, g.name)).collect(),
            types_group,
            policies,
            applications: applications.map(|app| (app.id, app.name)).collect(),
            sets: sets.map(|set| (set.id, set.name)).collect(),
            accounts: accounts.map(|account| (account.id, account.name)).collect(),
        })
    }

    /// What a form's word means.
    pub(super) fn scope(&self, word: &str) -> Option<PolicyScope> {
        if word.is_empty() {
            return Some(PolicyScope::Global);
        }
        let (kind, id) = word.split_once(' ')?;
        match kind {
            "group" => find(&self.groups, id).map(PolicyScope::Group),
            "application" => find(&self.applications, id).map(PolicyScope::Application),
            "permission_set" => find(&self.sets, id).map(PolicyScope::PermissionSet),
            _ => None,
        }
    }

    /// The scopes to choose from; everybody's has neither word nor name.
    pub(super) fn choices(&self, chosen: &str) -> Vec<Choice> {
        let mut all = vec![choice(String::new(), "", chosen)];
        let groups = self
            .groups
            .iter()
            .map(|(id, name)| (format!("group {id}"), name));
        let apps = self.applications.iter();
        let apps = apps.map(|(id, name)| (format!("application {id}"), name));
        let sets = self.sets.iter();
        let sets = sets.map(|(id, name)| (format!("permission_set {id}"), name));
        let named = groups.chain(apps).chain(sets);
        all.extend(named.map(|(value, name)| choice(value, name, chosen)));
        all
    }

    /// What a form's words mean as a target: an account with a permission set, or the word by itself; the portal where there
    /// is none.
    pub(super) fn target(&self, word: &str, (account, set): (&str, &str)) -> Option<Target> {
        match word.split_once(' ') {
            None if word.is_empty() => Some(Target::Portal),
            None if word == "console" => Some(Target::Admin),
            None if word == "aws" => Some(Target::Aws {
                account_id: find(&self.accounts, account)?,
                permission_set_id: find(&self.sets, set)?,
            }),
            Some(("application", id)) => {
                find(&self.applications, id).map(|app_id| Target::Application { app_id })
            }
            _ => None,
        }
    }

    /// The targets to choose from; the portal has neither word nor name.
    pub(super) fn targets(&self, chosen: &str) -> Vec<Choice> {
        let mut all = vec![
            choice(String::new(), "", chosen),
            choice("console".to_owned(), "/admin", chosen),
        ];
        if !self.accounts.is_empty() && !self.sets.is_empty() {
            all.push(choice("aws".to_owned(), "AWS", chosen));
        }
        for (id, name) in &self.applications {
            all.push(choice(format!("application {id}"), name, chosen));
        }
        all
    }

    /// The accounts and the permission sets to choose from.
    pub(super) fn roles(&self, (account, set): (&str, &str)) -> (Vec<Choice>, Vec<Choice>) {
        let accounts = self.accounts.iter();
        let accounts =
            accounts.map(|(id, name)| choice(id.to_string(), &format!("{name} ({id})"), account));
        let sets = self.sets.iter();
        let sets = sets.map(|(id, name)| choice(id.to_string(), name, set));
        (accounts.collect(), sets.collect())
    }

    /// The names of those groups that are there still.
    fn names(&self, ids: &[GroupId]) -> Vec<String> {
        ids.iter().filter_map(|id| name(&self.groups, id)).collect()
    }

    /// A policy of a scope that is there.
    pub(super) fn row(&self, kind: &str, id: &str, policy: &Policy) -> Option<PolicyRow> {
        let scope = match kind {
            "global" => PolicyScope::Global,
            _ => self.scope(&format!("{kind} {id}"))?,
        };
        self.row_of(&scope, policy)
    }

    /// The same.
    pub(super) fn row_of(&self, scope: &PolicyScope, policy: &Policy) -> Option<PolicyRow> {
        let (kind, name) = match scope {
            PolicyScope::Global => ("global", String::new()),
            PolicyScope::Group(id) => ("group", name(&self.groups, id)?),
            PolicyScope::Application(id) => ("application", name(&self.applications, id)?),
            PolicyScope::PermissionSet(id) => ("permission_set", name(&self.sets, id)?),
        };
        let minutes = |seconds: Option<u32>| {
            let minutes = seconds.map(|seconds| seconds.div_euclid(60).to_string());
            minutes.unwrap_or_default()
        };
        Some(PolicyRow {
            kind,
            name,
            rules: PolicyForm {
                assurance: policy.required_assurance.map_or("", Assurance::as_str),
                factors: factor_choices(policy.allowed_factors.as_deref()),
                networks: lines(policy.networks.as_deref()),
                age: minutes(policy.max_authentication_age_seconds),
                application_session: minutes(policy.max_application_session_seconds),
                aws_session: minutes(policy.max_aws_session_seconds),
                passes: policy.passes_from.as_ref().map(|ids| self.names(ids)),
            },
        })
    }
}

/// The groups that have a policy, and those that one names.
async fn with_a_policy(
    app: &App,
    policies: &[(PolicyScope, Policy)],
) -> Result<Vec<Group>, PageError> {
    let mut groups = Vec::new();
    for (scope, policy) in policies {
        let own = match scope {
            PolicyScope::Group(id) => Some(id),
            _ => None,
        };
        for id in own.into_iter().chain(policy.passes_from.iter().flatten()) {
            groups.extend(app.directory.group(id).await?);
        }
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    groups.dedup_by(|a, b| a.id == b.id);
    Ok(groups)
}

/// Every factor that a policy may name, with those that it does; none: it names none.
pub(super) fn factor_choices(named: Option<&[Factor]>) -> Vec<FactorChoice> {
    let choice = |factor: Factor| FactorChoice {
        word: factor.as_str(),
        is_chosen: named.is_some_and(|named| named.contains(&factor)),
    };
    Factor::CHOICES.into_iter().map(choice).collect()
}

fn lines(networks: Option<&[Network]>) -> String {
    let lines: Vec<String> = networks
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    lines.join("\n")
}

fn choice(value: String, name: &str, chosen: &str) -> Choice {
    Choice {
        is_chosen: value == chosen,
        value,
        name: name.to_owned(),
    }
}

fn find<T: Clone + std::fmt::Display>(all: &[(T, String)], id: &str) -> Option<T> {
    let found = all.iter().find(|(known, _)| known.to_string() == id);
    found.map(|(known, _)| known.clone())
}

fn name<T: PartialEq>(all: &[(T, String)], id: &T) -> Option<String> {
    let found = all.iter().find(|(known, _)| known == id);
    found.map(|(_, name)| name.clone())
}

//! What a change would be refused for, found before any is made.

use std::collections::BTreeMap;

use super::current::Current;
use super::make;
use super::plan::Change;
use crate::apps::check_permission_set;
use crate::cli::CliError;
use crate::directory::{DirectoryError, Profile, check_group, check_profile};
use crate::model::{AdminRole, PermissionSetId, Registration, UserState, fold_key};
use crate::op::Op;
use crate::web::App;

/// Goes through the changes in their order as they will be made, over what there is.
///
/// # Errors
/// The first change that would be refused, and why.
pub(super) fn rehearse(
    app: &App,
    op: &Op,
    current: &Current,
    changes: &[Change],
) -> Result<(), CliError> {
    let mut there = There::of(current);
    for change in changes {
        check(app, op, change)
            .and_then(|()| there.after(change))
            .map_err(|error| {
                CliError::Refused(format!("{change}: {error}\nnothing was changed"))
            })?;
    }
    Ok(())
}

/// Each by itself.
fn check(app: &App, op: &Op, change: &Change) -> Result<(), CliError> {
    match change {
        Change::AddUser(new) => check_profile(op, &new.user_name, &new.profile)?,
        Change::UpdateUser(name, profile) => check_profile(op, name, profile)?,
        Change::AddGroup(group) | Change::UpdateGroup(group) => {
            let description = group.description.as_deref().unwrap_or_default();
            check_group(&group.name, description)?;
        }
        Change::AddPermissionSet(entry) | Change::UpdatePermissionSet(entry) => {
            let set = make::permission_set(entry, PermissionSetId::from_random([0; 16]), 0);
            check_permission_set(&set)?;
        }
        Change::AddAccount(account) | Change::UpdateAccount(account) => {
            app.apps.check_account(account)?;
        }
        Change::AddApplication(name, _, registration)
        | Change::UpdateApplication(name, _, registration) => {
            app.apps.check_application(op, name, registration)?;
        }
        Change::SetPolicy(entry) => entry
            .policy
            .check()
            .map_err(|error| CliError::Refused(error.to_string()))?,
        Change::SetAdminRole(..)
        | Change::SetUserState(..)
        | Change::AddMember { .. }
        | Change::RemoveMember { .. }
        | Change::Assign(_)
        | Change::Unassign(_) => {}
    }
    Ok(())
}

struct Person {
    /// Folded.
    email: String,
    role: AdminRole,
    state: UserState,
}

impl Person {
    fn administers(&self) -> bool {
        self.role == AdminRole::Administrator && self.state == UserState::Active
    }
}

/// What there is after some of the changes, as far as one can stand in another's way.
struct There {
    /// By their folded names.
    people: BTreeMap<String, Person>,
    /// Whose a folded name or address is: with each one signs in.
    logins: BTreeMap<String, String>,
    /// Identifiers of applications by folded names.
    applications: BTreeMap<String, String>,
    /// Folded names of groups that have a rule.
    ruled: Vec<String>,
}

impl There {
    fn of(current: &Current) -> Self {
        let mut people = BTreeMap::new();
        let mut logins = BTreeMap::new();
        for user in &current.users {
            let name = fold_key(user.user_name.as_str());
            let person = Person {
                email: fold_key(user.email.as_str()),
                role: user.admin_role,
                state: user.state,
            };
            logins.insert(name.clone(), name.clone());
            logins.insert(person.email.clone(), name.clone());
            people.insert(name, person);
        }
        let applications = current.applications.iter();
        let ruled = current.groups.iter().filter(|group| group.rule.is_some());
        Self {
            people,
            logins,
            applications: applications
                .map(|app| {
                    let identifier = app.registration.identifier().to_owned();
                    (fold_key(&app.name), identifier)
                })
                .collect(),
            ruled: ruled.map(|group| fold_key(&group.name)).collect(),
        }
    }

    fn after(&mut self, change: &Change) -> Result<(), CliError> {
        match change {
            Change::AddUser(new) => {
                self.take_names(&new.user_name, &new.profile)?;
                let person = Person {
                    email: fold_key(&new.profile.email),
                    role: new.admin_role,
                    state: new.state,
                };
                self.people.insert(fold_key(&new.user_name), person);
            }
            Change::UpdateUser(name, profile) => {
                self.take_names(name, profile)?;
                let key = fold_key(name);
                if let Some(person) = self.people.get_mut(&key) {
                    let email = fold_key(&profile.email);
                    let former = std::mem::replace(&mut person.email, email);
                    if former != person.email && former != key {
                        self.logins.remove(&former);
                    }
                }
            }
            Change::SetAdminRole(name, role) => self.change(name, |person| person.role = *role)?,
            Change::SetUserState(name, state) => {
                self.change(name, |person| person.state = *state)?;
            }
            Change::AddApplication(name, _, registration)
            | Change::UpdateApplication(name, _, registration) => {
                self.take_identifier(name, registration)?;
            }
            Change::AddMember { group, .. } if self.ruled.contains(&fold_key(group)) => {
                return Err(CliError::Refused(
                    "who is in this group follows from its rule; leave its members out of the file"
                        .to_owned(),
                ));
            }
            _ => {}
        }
        Ok(())
    }

    /// A user name and a mail address are both taken at sign-in: none may be another person's, in either place.
    fn take_names(&mut self, name: &str, profile: &Profile) -> Result<(), CliError> {
        let own = fold_key(name);
        for (field, value) in [("user_name", name), ("email", profile.email.as_str())] {
            let owner = self.logins.entry(fold_key(value));
            if *owner.or_insert_with(|| own.clone()) != own {
                let value = value.to_owned();
                return Err(DirectoryError::Taken { field, value }.into());
            }
        }
        Ok(())
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut Person)) -> Result<(), CliError> {
        let Some(person) = self.people.get_mut(&fold_key(name)) else {
            return Ok(());
        };
        let did = person.administers();
        change(person);
        if did && !self.people.values().any(Person::administers) {
            return Err(DirectoryError::LastAdministrator(name.to_owned()).into());
        }
        Ok(())
    }

    fn take_identifier(&mut self, name: &str, registration: &Registration) -> Result<(), CliError> {
        let (own, identifier) = (fold_key(name), registration.identifier());
        let mut others = self.applications.iter();
        if let Some((other, _)) = others.find(|(n, i)| **n != own && *i == identifier) {
            return Err(CliError::Refused(format!(
                "\"{identifier}\" is the application \"{other}\" already"
            )));
        }
        self.applications.insert(own, identifier.to_owned());
        Ok(())
    }
}

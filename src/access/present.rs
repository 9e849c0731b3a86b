//! As much of the organisation of now as a question about access needs.

use std::collections::{BTreeMap, BTreeSet};

use super::Access;
use crate::audit::OrganisationAt;
use crate::model::{AccountId, Principal, User, UserId};
use crate::store::{StoreError, Txn, assignments, aws, groups, users};

/// Of how much of the present the questions are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// What a person can take.
    Person(UserId),
    /// Who can take something in an account.
    Account(AccountId),
}

impl Access {
    /// As much of the organisation of now as a question needs.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn present(&self, question: Question) -> Result<OrganisationAt, StoreError> {
        self.store
            .read(move |txn| {
                let mut seen = OrganisationAt {
                    accounts: by_id(aws::accounts(txn)?, |account| account.id.clone()),
                    permission_sets: by_id(aws::permission_sets(txn)?, |set| set.id.clone()),
                    account_rules: assignments::rules(txn)?.into_iter().collect(),
                    ..OrganisationAt::default()
                };
                match &question {
                    Question::Person(id) => person(txn, &mut seen, id)?,
                    Question::Account(id) => account(txn, &mut seen, id)?,
                }
                Ok(seen)
            })
            .await
    }
}

fn by_id<K: Ord, V>(all: Vec<V>, id: impl Fn(&V) -> K) -> BTreeMap<K, V> {
    all.into_iter().map(|one| (id(&one), one)).collect()
}

fn person(txn: &mut dyn Txn, seen: &mut OrganisationAt, id: &UserId) -> Result<(), StoreError> {
    let Some(user) = users::by_id(txn, id)? else {
        return Ok(());
    };
    let own = groups::groups_of(txn, id)?.into_iter();
    seen.memberships = own.map(|group| (group.id, id.clone())).collect();
    // Every way leads through groups that they are in.
    let within = groups::effective(txn, &user)?;
    let ids: Vec<_> = within.iter().map(|group| group.id.clone()).collect();
    seen.nestings = groups::nestings_among(txn, &ids)?.into_iter().collect();
    let reach = assignments::Reach::new(id, &within);
    seen.groups = by_id(within, |group| group.id.clone());
    seen.account_assignments = assignments::accounts_of(txn, &reach)?.into_iter().collect();
    keep(seen, user);
    Ok(())
}

fn account(txn: &mut dyn Txn, seen: &mut OrganisationAt, id: &AccountId) -> Result<(), StoreError> {
    let Some(account) = seen.accounts.get(id).cloned() else {
        return Ok(());
    };
    seen.groups = by_id(groups::list(txn)?, |group| group.id.clone());
    seen.nestings = groups::nestings(txn)?.into_iter().collect();
    let assigned = assignments::of_account(txn, id)?;
    seen.account_rules
        .retain(|rule| rule.selector.covers(&account));
    let principals = assigned.iter().map(|a| &a.principal);
    let principals = principals.chain(seen.account_rules.iter().map(|rule| &rule.principal));
    let (mut people, mut open) = (BTreeSet::new(), Vec::new());
    for principal in principals {
        match principal {
            Principal::User(id) => _ = people.insert(id.clone()),
            Principal::Group(id) => open.push(id.clone()),
        }
    }
    seen.account_assignments = assigned.into_iter().collect();
    // The groups within them, however deep.
    let mut inside = BTreeSet::new();
    while let Some(group) = open.pop() {
        if inside.insert(group.clone()) {
            let inner = seen.nestings.iter().filter(|(outer, _)| *outer == group);
            open.extend(inner.map(|(_, inner)| inner.clone()));
        }
    }
    let mut has_rule = false;
    for group in &inside {
        has_rule |= seen
            .groups
            .get(group)
            .is_some_and(|group| group.rule.is_some());
        for member in groups::members_of(txn, group)? {
            seen.memberships.insert((group.clone(), member.clone()));
            people.insert(member);
        }
    }
    if has_rule {
        // Who meets a rule is known of everybody alone.
        for user in users::list(txn)? {
            keep(seen, user);
        }
        return Ok(());
    }
    for id in people {
        if let Some(user) = users::by_id(txn, &id)? {
            keep(seen, user);
        }
    }
    Ok(())
}

fn keep(seen: &mut OrganisationAt, user: User) {
    seen.users.insert(user.id.clone(), (&user).into());
}

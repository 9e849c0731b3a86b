//! Why somebody can take a role in AWS, and who can: said of the organisation as it is or as the audit has it of a past
//! time, by the same rules as the decision's (`store::assignments`), which a test compares.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{OrganisationAt, UserSnapshot};
use crate::model::{AccountId, AccountSelector, GroupId, PermissionSetId, Principal, UserId};

/// One reason for which a person can take a permission set in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reason {
    /// Where.
    pub(super) account_id: AccountId,
    /// What.
    pub(super) permission_set_id: PermissionSetId,
    /// The groups from the one that the person is in to the one to which it is assigned; empty: to the person.
    pub(super) through: Vec<GroupId>,
    /// Whether the person is in the first of them by its rule.
    pub(super) by_rule: bool,
    /// By what the account is found; none: it is named.
    pub(super) selector: Option<AccountSelector>,
}

/// Answers questions about one organisation.
#[derive(Debug)]
pub(super) struct Explainer<'a> {
    organisation: &'a OrganisationAt,
    memberships: BTreeMap<&'a UserId, Vec<&'a GroupId>>,
    outer: BTreeMap<&'a GroupId, Vec<&'a GroupId>>,
}

impl<'a> Explainer<'a> {
    /// Of this organisation.
    pub(super) fn new(organisation: &'a OrganisationAt) -> Self {
        let mut memberships: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (group, user) in &organisation.memberships {
            memberships.entry(user).or_default().push(group);
        }
        let mut outer: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (group, member) in &organisation.nestings {
            outer.entry(member).or_default().push(group);
        }
        Self {
            organisation,
            memberships,
            outer,
        }
    }

    /// Every reason for which a person can take anything, by account and permission set.
    pub(super) fn why(&self, user_id: &UserId) -> Vec<Reason> {
        self.reasons(user_id, None)
    }

    fn reasons(&self, user_id: &UserId, only: Option<&AccountId>) -> Vec<Reason> {
        let is_asked = |id: &AccountId| only.is_none_or(|only| only == id);
        let chains = self.groups(user_id);
        let of = |principal: &Principal| match principal {
            Principal::User(id) => (id == user_id).then(|| (Vec::new(), false)),
            Principal::Group(id) => chains.get(id).cloned(),
        };
        let mut reasons = BTreeSet::new();
        let named = self.organisation.account_assignments.iter();
        for assigned in named.filter(|assigned| is_asked(&assigned.account_id)) {
            if let Some((through, by_rule)) = of(&assigned.principal) {
                reasons.insert(Reason {
                    account_id: assigned.account_id.clone(),
                    permission_set_id: assigned.permission_set_id.clone(),
                    through,
                    by_rule,
                    selector: None,
                });
            }
        }
        for rule in &self.organisation.account_rules {
            let Some((through, by_rule)) = of(&rule.principal) else {
                continue;
            };
            let accounts = self.organisation.accounts.values();
            let accounts = accounts.filter(|account| is_asked(&account.id));
            for account in accounts.filter(|account| rule.selector.covers(account)) {
                reasons.insert(Reason {
                    account_id: account.id.clone(),
                    permission_set_id: rule.permission_set_id.clone(),
                    through: through.clone(),
                    by_rule,
                    selector: Some(rule.selector.clone()),
                });
            }
        }
        reasons.into_iter().collect()
    }

    /// Everybody who can take anything in an account, with each reason.
    pub(super) fn who(&self, account_id: &AccountId) -> Vec<(UserId, Reason)> {
        let people = self.organisation.users.keys();
        people
            .flat_map(|user_id| {
                let reasons = self.reasons(user_id, Some(account_id)).into_iter();
                reasons.map(move |reason| (user_id.clone(), reason))
            })
            .collect()
    }

    /// Every group that a person is in, with the shortest way to it.
    fn groups(&self, user_id: &UserId) -> BTreeMap<GroupId, (Vec<GroupId>, bool)> {
        let by_hand = self.memberships.get(user_id).into_iter().flatten();
        let mut found: BTreeMap<GroupId, (Vec<GroupId>, bool)> = by_hand
            .map(|id| ((*id).clone(), (vec![(*id).clone()], false)))
            .collect();
        // Of somebody who was erased nothing is known that a rule could ask about.
        let user = self.organisation.users.get(user_id);
        if let Some(user) = user.and_then(UserSnapshot::to_user) {
            for group in self.organisation.groups.values() {
                if group.rule.as_ref().is_some_and(|rule| rule.matches(&user)) {
                    let way = (vec![group.id.clone()], true);
                    found.entry(group.id.clone()).or_insert(way);
                }
            }
        }
        let mut open: Vec<GroupId> = found.keys().cloned().collect();
        while !open.is_empty() {
            let mut next = Vec::new();
            for inner in open {
                let Some((way, by_rule)) = found.get(&inner).cloned() else {
                    continue;
                };
                for outer in self.outer.get(&inner).into_iter().flatten() {
                    if found.contains_key(*outer) {
                        continue;
                    }
                    let mut longer = way.clone();
                    longer.push((*outer).clone());
                    found.insert((*outer).clone(), (longer, by_rule));
                    next.push((*outer).clone());
                }
            }
            open = next;
        }
        found
    }
}

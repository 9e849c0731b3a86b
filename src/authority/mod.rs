//! Who may change whom: asked by every service within the transaction of the change, so that a role that was taken away a
//! moment ago counts.
//!
//! The rules are `policy`'s, pure; this module loads what they are asked about. Whoever has a shell on the host, and our own
//! jobs, may everything: their changes are recorded as theirs.

pub use crate::policy::{Change, ChangeRefusal};

use crate::model::{GroupId, UserId};
use crate::op::Actor;
use crate::policy::{Changer, Groups, Subject, decide_change};
use crate::store::{StoreError, Txn, assignments, policies, users};

/// What is to be changed, and about whom.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What.
    pub change: Change,
    /// Whom, if it is somebody who is there.
    pub person: Option<UserId>,
    /// The groups that it touches.
    pub groups: Vec<GroupId>,
}

impl Asked {
    /// A change that is about nobody who is there.
    pub fn of(change: Change) -> Self {
        Self {
            change,
            person: None,
            groups: Vec::new(),
        }
    }

    /// A change about a person.
    pub fn about(change: Change, person: &UserId) -> Self {
        Self {
            person: Some(person.clone()),
            ..Self::of(change)
        }
    }

    /// And about a group.
    #[must_use]
    pub fn in_group(mut self, group: &GroupId) -> Self {
        self.groups.push(group.clone());
        self
    }
}

/// Why an actor may not make a change now; none when they may.
///
/// # Errors
/// The store's.
pub fn refusal(
    txn: &mut dyn Txn,
    actor: &Actor,
    asked: &Asked,
) -> Result<Option<ChangeRefusal>, StoreError> {
    let changer = match actor {
        Actor::Host(_) | Actor::Job(_) => return Ok(None),
        Actor::Anonymous => None,
        Actor::User(id) => users::by_id(txn, id)?.map(|user| Changer {
            id: user.id,
            role: user.admin_role,
            state: user.state,
        }),
    };
    let mut subject = None;
    if let Some(id) = &asked.person {
        let Some(user) = users::by_id(txn, id)? else {
            return Ok(Some(ChangeRefusal::Gone));
        };
        subject = Some(Subject {
            reaches_aws: assignments::reaches_any_account(txn, id)?,
            id: user.id,
            role: user.admin_role,
        });
    }
    let mut groups = Groups::Plain;
    for group in &asked.groups {
        let scope = ("group", group.as_str());
        if assignments::group_has_accounts(txn, group)? || policies::is_set(txn, scope)? {
            groups = Groups::CarryRights;
        }
    }
    let decision = decide_change(changer.as_ref(), asked.change, subject.as_ref(), groups);
    Ok(decision.err())
}

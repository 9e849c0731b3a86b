//! Who may change whom: asked by every service within the transaction of the change, so that a role that was taken away a
//! moment ago counts.
//!
//! The rules are `policy`'s, pure; this module loads what they are asked about. Whoever has a shell on the host, and our own
//! jobs, may everything: their changes are recorded as theirs.

mod colleague;
mod second;

pub use crate::policy::{Change, ChangeRefusal};
pub use colleague::makes_passes;
use second::Second;
pub use second::Weight;

use crate::audit::{Audit, AuditError, AuditEvent};
use crate::model::{GroupId, User, UserId};
use crate::op::{Actor, Op};
use crate::policy::{Changer, Groups, Subject, decide_change};
use crate::store::{
    Store, StoreError, Txn, assignments, aws, groups as group_rows, policies, users,
};

/// Why a change was not made before anything of it was tried.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The actor may not.
    #[error("{0}")]
    NotAllowed(ChangeRefusal),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes as the actor of an operation: refused, in the same transaction, when they may not make the change. That they tried
/// is recorded.
///
/// # Errors
/// [`NotMade`]; nothing was changed.
pub async fn write_as<T, F>(
    (store, audit): (&Store, &Audit),
    op: &Op,
    asked: Asked,
    work: F,
) -> Result<T, NotMade>
where
    F: Fn(&mut dyn Txn) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    let tried = AuditEvent::ChangeRefused {
        change: asked.change.name().to_owned(),
        about: asked.person.clone(),
    };
    let tried = audit.prepare(op, &tried).await?;
    let second = Second::prepare(audit, op, &asked).await?;
    let actor = op.actor.clone();
    let outcome = store.write(move |txn| {
        if let Some(refusal) = refusal(txn, &actor, &asked)? {
            txn.append_audit(&tried)?;
            return Ok(Err(refusal));
        }
        if let Some(second) = &second
            && !second.is_there(txn, &asked)?
        {
            return Ok(Err(ChangeRefusal::NeedsSecond));
        }
        work(txn).map(Ok)
    });
    outcome.await?.map_err(NotMade::NotAllowed)
}

/// What is to be changed, and about whom.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What.
    pub change: Change,
    /// Whom, if it is somebody who is there.
    pub person: Option<UserId>,
    /// The groups that it touches.
    pub groups: Vec<GroupId>,
    /// What it adds, resets or loosens; none: it takes away.
    pub weight: Option<Weight>,
}

impl Asked {
    /// A change that is about nobody who is there.
    pub fn of(change: Change) -> Self {
        Self {
            change,
            person: None,
            groups: Vec::new(),
            weight: None,
        }
    }

    /// A change about a person.
    pub fn about(change: Change, person: &UserId) -> Self {
        Self {
            person: Some(person.clone()),
            ..Self::of(change)
        }
    }

    /// It adds access, resets a factor or loosens a policy: where something of it is protected, a second administrator must
    /// agree to exactly this.
    #[must_use]
    pub fn weighing(mut self, weight: Weight) -> Self {
        self.weight = Some(weight);
        self
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
fn refusal(
    txn: &mut dyn Txn,
    actor: &Actor,
    asked: &Asked,
) -> Result<Option<ChangeRefusal>, StoreError> {
    let actor = match actor {
        Actor::Host(_) | Actor::Job(_) => return Ok(None),
        Actor::Anonymous => None,
        Actor::User(id) => users::by_id(txn, id)?,
    };
    let changer = actor.as_ref().map(|user| Changer {
        id: user.id.clone(),
        role: user.admin_role,
        state: user.state,
    });
    let mut subject = None;
    if let Some(id) = &asked.person {
        let Some(user) = users::by_id(txn, id)? else {
            return Ok(Some(ChangeRefusal::Gone));
        };
        let mut names_changer = false;
        if let (Change::Pass, Some(colleague)) = (asked.change, &actor) {
            names_changer = colleague::is_named(txn, &user, colleague)?;
        }
        subject = Some(Subject {
            names_changer,
            has_rights: has_rights(txn, &user)?,
            id: user.id,
            role: user.admin_role,
        });
    }
    let mut groups = Groups::Plain;
    for group in &asked.groups {
        if carries_rights(txn, group)? {
            groups = Groups::CarryRights;
        }
    }
    // Where AWS is told of people's groups, each group may be a right there, by its name alone.
    let is_about_groups = !asked.groups.is_empty() || asked.change == Change::Group;
    if groups == Groups::Plain && is_about_groups && aws::groups_are_told(txn)? {
        groups = Groups::CarryRights;
    }
    let decision = decide_change(changer.as_ref(), asked.change, subject.as_ref(), groups);
    Ok(decision.err())
}

/// Whether somebody has what whoever becomes them would have.
fn has_rights(txn: &mut dyn Txn, user: &User) -> Result<bool, StoreError> {
    let reach = assignments::Reach::of(txn, user)?;
    let reaches_aws = assignments::reaches_any_account(txn, &reach)?;
    Ok(reaches_aws || colleague::names(txn, user)?)
}

/// Whether roles in AWS, a policy, or the passes of others hang on a group, or on one that it is in.
fn carries_rights(txn: &mut dyn Txn, group: &GroupId) -> Result<bool, StoreError> {
    let all = group_rows::with_ancestors(txn, group)?;
    for id in &all {
        let scope = ("group", id.as_str());
        if assignments::group_has_accounts(txn, id)? || policies::is_set(txn, scope)? {
            return Ok(true);
        }
    }
    colleague::names_any(txn, &all.into_iter().collect())
}

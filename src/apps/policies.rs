//! Policies: how strongly people must sign in, and for how long.

use super::{Apps, AppsError, Attempt, TRIES, invalid};
use crate::audit::{AuditEvent, PolicySnapshot};
use crate::authority::{Asked, Change, Weight};
use crate::model::{AppId, Assurance, GroupId, PermissionSetId, ProtectedObject};
use crate::op::Op;
use crate::policy::Policy;
use crate::store::policies::{self as rows, PolicyRow};

/// To whom or what a policy applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyScope {
    /// Everybody and everything.
    Global,
    /// A group's members.
    Group(GroupId),
    /// An application.
    Application(AppId),
    /// A permission set.
    PermissionSet(PermissionSetId),
}

impl PolicyScope {
    fn of(row: &PolicyRow) -> Option<Self> {
        match row.scope_kind.as_str() {
            "global" => Some(Self::Global),
            "group" => GroupId::parse(&row.scope_id).ok().map(Self::Group),
            "application" => AppId::parse(&row.scope_id).ok().map(Self::Application),
            "permission_set" => PermissionSetId::parse(&row.scope_id)
                .ok()
                .map(Self::PermissionSet),
            _ => None,
        }
    }

    fn columns(&self) -> (&'static str, &str) {
        match self {
            Self::Global => ("global", ""),
            Self::Group(id) => ("group", id.as_str()),
            Self::Application(id) => ("application", id.as_str()),
            Self::PermissionSet(id) => ("permission_set", id.as_str()),
        }
    }
}

impl PolicyScope {
    /// What is asked for where a policy of this scope names no assurance.
    const fn unsaid(&self) -> Assurance {
        match self {
            Self::Global => Assurance::Two,
            Self::Group(_) | Self::Application(_) | Self::PermissionSet(_) => Assurance::None,
        }
    }

    /// Whether it is over people, wherever they go.
    const fn is_over_people(&self) -> bool {
        matches!(self, Self::Global | Self::Group(_))
    }

    /// What a looser policy of this scope reaches.
    fn weight(&self, policy: &Policy) -> Weight {
        let (kind, id) = self.columns();
        let weight = Weight::value(&(kind, id, policy));
        match self {
            Self::Global | Self::Application(_) => Weight {
                everything: true,
                ..weight
            },
            Self::Group(id) => Weight {
                objects: vec![ProtectedObject::Group(id.clone())],
                reaches_members: true,
                ..weight
            },
            Self::PermissionSet(id) => Weight {
                sets: vec![id.clone()],
                ..weight
            },
        }
    }
}

impl Apps {
    /// Every policy with its scope.
    ///
    /// # Errors
    /// [`AppsError::Store`]; [`AppsError::Invalid`] when a stored one cannot be read.
    pub async fn policies(&self) -> Result<Vec<(PolicyScope, Policy)>, AppsError> {
        let rows = self.store.read(rows::all).await?;
        rows.iter()
            .map(|row| {
                let scope = PolicyScope::of(row);
                Ok((
                    scope.ok_or_else(|| invalid("policy", "unknown scope"))?,
                    row.says()?,
                ))
            })
            .collect()
    }

    /// Sets the policy of a scope.
    ///
    /// # Errors
    /// [`AppsError`]; nothing was changed.
    pub async fn set_policy(
        &self,
        op: &Op,
        scope: &PolicyScope,
        policy: &Policy,
    ) -> Result<(), AppsError> {
        policy.check()?;
        if policy.passes_from.is_some() && !scope.is_over_people() {
            let reason = "belongs in a policy of everybody or of a group";
            return Err(invalid("passes_from", reason));
        }
        let body = serde_json::to_value(policy).map_err(|e| invalid("policy", e.to_string()))?;
        let (kind, id) = scope.columns();
        for _ in 0..TRIES {
            let all = self.store.read(rows::all).await?;
            let before = all
                .into_iter()
                .find(|row| row.scope_kind == kind && row.scope_id == id);
            let seen = before.as_ref().map(|row| row.revision);
            let after = PolicyRow {
                id: match &before {
                    Some(row) => row.id.clone(),
                    None => format!("y{}", hex::encode(op.entropy.octets::<16>())),
                },
                scope_kind: kind.to_owned(),
                scope_id: id.to_owned(),
                body: body.to_string(),
                revision: seen.map_or(0, |revision| revision.saturating_add(1)),
            };
            if before.as_ref().is_some_and(|row| row.body == after.body) {
                self.ask(op, Asked::of(Change::Policy)).await?;
                return Ok(());
            }
            let event = AuditEvent::PolicySet {
                before: before.as_ref().map(PolicySnapshot::of).transpose()?,
                after: Some(PolicySnapshot::of(&after)?),
            };
            let work = move |txn: &mut dyn crate::store::Txn| {
                Ok(if rows::put(txn, &after, seen)? {
                    Attempt::Done
                } else {
                    Attempt::Lost
                })
            };
            let mut asked = Asked::of(Change::Policy);
            let former = match &before {
                Some(row) => row.says()?,
                None => Policy::default(),
            };
            if policy.loosens(&former, scope.unsaid()) {
                asked = asked.weighing(scope.weight(policy));
            }
            if self.commit(op, (asked, &event), work).await? {
                return Ok(());
            }
        }
        Err(AppsError::Conflict)
    }
}

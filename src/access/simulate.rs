//! What would be decided, were somebody to come now: asked of the decision itself, and nothing comes of it.

use super::facts::{self, Proof};
use super::{Access, Outcome};
use crate::model::{SatisfiedFactor, UserId};
use crate::op::Op;
use crate::policy::{AccessRequest, Policy, Target};
use crate::store::StoreError;

/// A decision that was only asked for, with the policies that it rests on.
#[derive(Debug)]
pub struct Simulated {
    /// What would be decided.
    pub outcome: Outcome,
    /// The policies that apply: the scope's kind and id, and what it says.
    pub policies: Vec<(String, String, Policy)>,
}

impl Access {
    /// Decides about somebody who comes now and has proved these.
    ///
    /// # Errors
    /// The store's.
    pub async fn simulate(
        &self,
        op: &Op,
        (user_id, proved): (&UserId, Vec<SatisfiedFactor>),
        target: Target,
    ) -> Result<Simulated, StoreError> {
        let proof = Proof {
            progress: Some((user_id.clone(), proved)),
            ..Proof::default()
        };
        let (request, now) = (AccessRequest::plain(target), op.now);
        self.store
            .read(move |txn| {
                let outcome = Self::decide_within(txn, &proof, &request, now)?;
                let applying = facts::applying(txn, outcome.known.as_ref(), &outcome.target)?;
                let policies = applying
                    .into_iter()
                    .map(|(row, policy)| (row.scope_kind, row.scope_id, policy));
                Ok(Simulated {
                    policies: policies.collect(),
                    outcome,
                })
            })
            .await
    }
}

//! What would be decided, were somebody to come now: asked of the decision itself, and nothing comes of it.

use super::Access;
use super::facts::{self, Proof};
use crate::model::{SatisfiedFactor, UserId};
use crate::op::Op;
use crate::policy::{AccessRequest, Decision, DenyReason, Policy, Requirement, Target};
use crate::store::StoreError;

/// A decision that was only asked for. It holds no grant: nothing was proved.
#[derive(Debug)]
pub struct Simulated {
    /// What would be decided.
    pub verdict: SimulatedVerdict,
    /// The policies that apply: the scope's kind and id, and what it says.
    pub policies: Vec<(String, String, Policy)>,
}

/// What would be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SimulatedVerdict {
    /// Yes; in AWS, for so many seconds.
    Allow(Option<u32>),
    /// Not yet.
    StepUp(Requirement),
    /// No.
    Deny(DenyReason),
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
        let (request, op) = (AccessRequest::plain(target), op.clone());
        self.store
            .read(move |txn| {
                let outcome = Self::decide_within(txn, &op, &proof, &request)?;
                let applying = facts::applying(txn, outcome.known.as_ref(), &outcome.target)?;
                let policies = applying
                    .into_iter()
                    .map(|(row, policy)| (row.scope_kind, row.scope_id, policy));
                Ok(Simulated {
                    policies: policies.collect(),
                    verdict: match outcome.decision {
                        Decision::Allow(grant) => {
                            SimulatedVerdict::Allow(grant.aws_session_seconds())
                        }
                        Decision::StepUp(requirement) => SimulatedVerdict::StepUp(requirement),
                        Decision::Deny(reason) => SimulatedVerdict::Deny(reason),
                    },
                })
            })
            .await
    }
}

//! Loads the facts and asks `policy::decide`; nobody else does.
//!
//! Everything that a decision rests on, and everything that is issued because of it, is read in one transaction: the
//! session, the person, the groups, the target, the assignments and the policies. Imports the services beside it only
//! for their types; never `signin` or `issue`.

mod exchange;
mod facts;
mod portal;

pub use exchange::Exchange;
pub use facts::{Known, Outcome, Proof, Resolved};
pub use portal::{Portal, PortalRole};

use crate::op::Op;
use crate::policy::{AccessRequest, Decision, decide};
use crate::store::{Store, StoreError};

/// The one way to a decision. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    store: Store,
}

impl Access {
    /// Over a store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Decides now, from what the database says now.
    ///
    /// # Errors
    /// The store's.
    pub async fn decide(
        &self,
        op: &Op,
        proof: Proof,
        request: AccessRequest,
    ) -> Result<Outcome, StoreError> {
        let now = op.now;
        self.store
            .read(move |txn| {
                let loaded = facts::load(txn, &proof, &request, now)?;
                let decision = decide(&loaded.request, &loaded.facts, now);
                Ok(Outcome {
                    decision,
                    known: loaded.known,
                    session: loaded.session,
                    target: loaded.target,
                })
            })
            .await
    }
}

impl Outcome {
    /// Whether the person may.
    pub fn is_allowed(&self) -> bool {
        matches!(self.decision, Decision::Allow(_))
    }
}

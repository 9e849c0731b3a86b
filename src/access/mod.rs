//! Loads the facts and asks `policy::decide`; nobody else does.
//!
//! Everything that a decision rests on, and everything that is issued because of it, is read in one transaction: the
//! session, the person, the groups, the target, the assignments and the policies. Imports the services beside it only
//! for their types; never `signin` or `issue`.

mod api;
mod authorization;
mod exchange;
mod explain;
mod facts;
mod portal;
mod present;
mod reach;
mod simulate;

pub use api::ApiOutcome;
pub use authorization::{AuthorizationExchange, Authorized, Granted};
pub use exchange::Exchange;
pub use facts::{Known, Outcome, Proof, Resolved};
pub use portal::{Portal, PortalRole};
pub use reach::{Answer, OutsideDays, ReachError, ReachQuery};
pub use simulate::{Simulated, SimulatedVerdict};

use crate::model::{AppId, AppState, Application};
use crate::op::Op;
use crate::policy::{
    AccessRequest, ClientFacts, ClientGrant, Decision, DenyReason, Entitlement, decide,
    decide_client,
};
use crate::store::{Store, StoreError, Txn, applications};

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
        let op = op.clone();
        self.store
            .read(move |txn| Self::decide_within(txn, &op, &proof, &request))
            .await
    }

    /// Decides within a transaction of the caller's: whoever uses something up decides by the same state.
    ///
    /// # Errors
    /// The store's.
    pub fn decide_within(
        txn: &mut dyn Txn,
        op: &Op,
        proof: &Proof,
        request: &AccessRequest,
    ) -> Result<Outcome, StoreError> {
        let loaded = facts::load(txn, op, proof, request)?;
        let decision = decide(&loaded.request, &loaded.facts, op.now);
        Ok(Outcome {
            decision,
            known: loaded.known,
            session: loaded.session,
            target: loaded.target,
        })
    }
}

/// A decision about a client that asks in its own name, and the registration that it was made from.
#[derive(Debug)]
pub struct ClientOutcome {
    /// The decision.
    pub decision: Result<ClientGrant, DenyReason>,
    /// The client, if there still is one.
    pub application: Option<Application>,
}

impl Access {
    /// Decides about `client_credentials` now, from what the database says now.
    ///
    /// # Errors
    /// The store's.
    pub async fn decide_client(
        &self,
        app_id: &AppId,
        scopes: Vec<String>,
    ) -> Result<ClientOutcome, StoreError> {
        let app_id = app_id.clone();
        self.store
            .read(move |txn| {
                let application = applications::by_id(txn, &app_id)?;
                let client = application.as_ref().and_then(Application::client);
                let facts = ClientFacts {
                    app_id: client.map(|_| app_id.clone()),
                    entitlement: match application.as_ref().map(|app| app.state) {
                        Some(AppState::Enabled) => Entitlement::Assigned,
                        Some(AppState::Disabled) => Entitlement::TargetDisabled,
                        None => Entitlement::TargetUnknown,
                    },
                    grant_types: client.map_or_else(Vec::new, |c| c.grant_types.clone()),
                    scopes: client.map_or_else(Vec::new, |c| c.scopes.clone()),
                };
                Ok(ClientOutcome {
                    decision: decide_client(&facts, &scopes),
                    application,
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

//! The decision about a client that asks in its own name.

use super::{DenyReason, Entitlement};
use crate::model::{AppId, GrantType};

/// What is known of a client when it asks.
#[derive(Debug, Clone)]
pub struct ClientFacts {
    /// Which; none when there is no such client any more.
    pub app_id: Option<AppId>,
    /// Whether it is switched on.
    pub entitlement: Entitlement,
    /// What its registration lets it exchange.
    pub grant_types: Vec<GrantType>,
    /// The scopes of its registration.
    pub scopes: Vec<String>,
}

/// A decision to give a client a token about itself. Made here alone, and used up by what is issued.
#[derive(Debug, PartialEq, Eq)]
pub struct ClientGrant {
    app_id: AppId,
    scopes: Vec<String>,
}

impl ClientGrant {
    /// To which client.
    pub fn app_id(&self) -> &AppId {
        &self.app_id
    }

    /// For which scopes.
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }
}

/// Decides about `client_credentials` (RFC 6749, section 4.4). Pure and total.
///
/// # Errors
/// Why not.
pub fn decide_client(facts: &ClientFacts, scopes: &[String]) -> Result<ClientGrant, DenyReason> {
    let app_id = facts.app_id.clone().ok_or(DenyReason::TargetUnknown)?;
    match facts.entitlement {
        Entitlement::Assigned => {}
        Entitlement::NotAssigned => return Err(DenyReason::NotAssigned),
        Entitlement::TargetDisabled => return Err(DenyReason::TargetDisabled),
        Entitlement::TargetUnknown => return Err(DenyReason::TargetUnknown),
    }
    let may = facts.grant_types.contains(&GrantType::ClientCredentials);
    if !may || !scopes.iter().all(|scope| facts.scopes.contains(scope)) {
        return Err(DenyReason::NotAssigned);
    }
    Ok(ClientGrant {
        app_id,
        scopes: scopes.to_vec(),
    })
}

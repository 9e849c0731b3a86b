//! What an instance is called by everybody who trusts it.

use serde::{Deserialize, Serialize};

use super::EntityId;

/// Fixed at the first start and stored: whoever trusts the instance has these values in their own configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceIdentity {
    /// Every link begins with it.
    pub public_url: String,
    /// The SAML entity id.
    pub entity_id: EntityId,
    /// The OpenID Connect issuer.
    pub oidc_issuer: String,
    /// The passkeys' relying party id: a host name.
    pub rp_id: String,
}

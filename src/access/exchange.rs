//! One sign-in by SAML, from the checked request to the response: `issue` makes and answers it, `signin` keeps it.

use serde::{Deserialize, Serialize};

use crate::model::{AppId, NameIdFormat, Timestamp};
use crate::policy::{AccessRequest, Interaction, RequestedContext, Target};

/// What a response will answer. Made by `issue::validate_request` or by a start from our side; kept with the sign-in in
/// progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The application.
    pub app_id: AppId,
    /// The request's id; none when the sign-in starts from our side.
    pub request_id: Option<String>,
    /// Where the response goes: one of the registered endpoints.
    pub acs_url: String,
    /// The NameID's format.
    pub name_id_format: NameIdFormat,
    /// Whether a persistent name may be made if there is none (SAML core, 3.4.1.1: AllowCreate).
    pub allow_create: bool,
    /// Given back as it came.
    pub relay_state: Option<String>,
    /// IsPassive.
    pub interaction: Interaction,
    /// ForceAuthn: only what is proved after this counts.
    pub authenticated_since: Option<Timestamp>,
    /// RequestedAuthnContext.
    pub context: Option<RequestedContext>,
}

impl Exchange {
    /// The exchange as `policy` sees it.
    pub fn access_request(&self) -> AccessRequest {
        AccessRequest {
            target: Target::Application {
                app_id: self.app_id.clone(),
            },
            interaction: self.interaction,
            authenticated_since: self.authenticated_since,
            context: self.context.clone(),
            aws_session_seconds: None,
            consent: None,
        }
    }
}

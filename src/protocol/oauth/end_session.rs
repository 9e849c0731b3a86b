//! RP-initiated logout (OpenID Connect RP-initiated logout 1.0).

use serde::{Deserialize, Serialize};

use super::authorization_response::add_to_query;
use super::parameters::{MAX_CLIENT_ID, MAX_STATE, MAX_URI, ParameterError, Parameters};
use crate::protocol::jose::MAX_TOKEN_BYTES;

/// A request to sign out, by GET or POST. Nothing of it is verified: the person confirms where the hint is absent, and
/// nobody is redirected before client and URI are known to belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndSessionRequest {
    /// An ID token that Signet issued; may be over, must verify.
    pub id_token_hint: Option<String>,
    /// Who shall be signed out, in the client's words.
    pub logout_hint: Option<String>,
    /// The client; must be the hint's, where both are there.
    pub client_id: Option<String>,
    /// Where to go then: only if registered for that client.
    pub post_logout_redirect_uri: Option<String>,
    /// Goes back unchanged.
    pub state: Option<String>,
    /// Languages, in order of preference.
    pub ui_locales: Option<String>,
}

impl EndSessionRequest {
    /// Reads the parameters.
    ///
    /// # Errors
    /// [`ParameterError`], to be shown, never redirected.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, ParameterError> {
        let parameters = Parameters::new(pairs);
        let text = |name, max| -> Result<Option<String>, ParameterError> {
            Ok(parameters.one(name, max)?.map(str::to_owned))
        };
        Ok(Self {
            id_token_hint: text("id_token_hint", MAX_TOKEN_BYTES)?,
            logout_hint: text("logout_hint", 320)?,
            client_id: text("client_id", MAX_CLIENT_ID)?,
            post_logout_redirect_uri: text("post_logout_redirect_uri", MAX_URI)?,
            state: text("state", MAX_STATE)?,
            ui_locales: text("ui_locales", 1_024)?,
        })
    }
}

/// Whether a requested URI is registered: the same octets, for every client (section 3).
pub fn post_logout_redirect_uri_matches(registered: &[impl AsRef<str>], requested: &str) -> bool {
    registered.iter().any(|uri| uri.as_ref() == requested)
}

/// The URL to redirect to after signing out, with the request's `state` (section 3).
pub fn post_logout_redirect_url(redirect_uri: &str, state: Option<&str>) -> String {
    let fields = state.map(|state| ("state", state.to_owned()));
    add_to_query(redirect_uri, fields.as_slice())
}

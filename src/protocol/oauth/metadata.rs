//! The provider's metadata (OpenID Connect discovery, section 3; RFC 8414, section 2): one document, served at both
//! well-known places.

use serde::Serialize;

use super::authorization_response::ResponseMode;
use super::claims::STANDARD_CLAIMS;
use super::prompt::{Display, Prompt};
use super::scope::StandardScope;
use crate::model::ClientAuthMethod;
use crate::protocol::jose::Algorithm;

/// Where the endpoints are: absolute URLs, from the configured public URL, never from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The authorization endpoint.
    pub authorization: String,
    /// The token endpoint.
    pub token: String,
    /// The userinfo endpoint.
    pub userinfo: String,
    /// The JWK Set.
    pub jwks: String,
    /// The introspection endpoint.
    pub introspection: String,
    /// The revocation endpoint.
    pub revocation: String,
    /// RP-initiated logout.
    pub end_session: String,
}

/// Whether clients are told of a sign-out by a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackChannelLogout {
    /// Yes, with the session's id.
    Supported,
    /// No.
    Unsupported,
}

/// What the document says beside what is fixed.
#[derive(Debug, Clone, Copy)]
pub struct MetadataFacts<'f> {
    /// The issuer: https, without query and fragment, exactly as in tokens.
    pub issuer: &'f str,
    /// The endpoints.
    pub endpoints: &'f Endpoints,
    /// What ID tokens can be signed with; RS256 must be among them (OpenID Connect core, 15.1).
    pub signing_algorithms: &'f [Algorithm],
    /// The authentication context classes that can be reached.
    pub acr_values: &'f [&'f str],
    /// Scopes beside the standard ones.
    pub further_scopes: &'f [&'f str],
    /// The languages of the pages.
    pub ui_locales: &'f [&'f str],
    /// Whether back-channel logout is there.
    pub back_channel_logout: BackChannelLogout,
}

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderMetadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    scopes_supported: Vec<String>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: [&'static str; 3],
    acr_values_supported: Vec<String>,
    subject_types_supported: [&'static str; 2],
    id_token_signing_alg_values_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    code_challenge_methods_supported: [&'static str; 1],
    display_values_supported: Vec<&'static str>,
    prompt_values_supported: Vec<&'static str>,
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    ui_locales_supported: Vec<String>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// Said aloud: where it is absent, it means true (OpenID Connect discovery, section 3).
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
}

/// Claims of an ID token that clients may rely on, beside those of the person.
const TOKEN_CLAIMS: [&str; 12] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "session_expiry",
];

impl ProviderMetadata {
    /// The document for these facts.
    pub fn new(facts: &MetadataFacts<'_>) -> Self {
        let MetadataFacts { endpoints, .. } = facts;
        let methods = names(ClientAuthMethod::ALL, ClientAuthMethod::as_str);
        let algorithms = names(Algorithm::ALL, Algorithm::as_str);
        let logout = facts.back_channel_logout == BackChannelLogout::Supported;
        Self {
            issuer: facts.issuer.to_owned(),
            authorization_endpoint: endpoints.authorization.clone(),
            token_endpoint: endpoints.token.clone(),
            userinfo_endpoint: endpoints.userinfo.clone(),
            jwks_uri: endpoints.jwks.clone(),
            introspection_endpoint: endpoints.introspection.clone(),
            revocation_endpoint: endpoints.revocation.clone(),
            end_session_endpoint: endpoints.end_session.clone(),
            scopes_supported: scopes(facts.further_scopes),
            response_types_supported: ["code"],
            response_modes_supported: names(ResponseMode::ALL, ResponseMode::as_str),
            grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
            acr_values_supported: owned(facts.acr_values),
            subject_types_supported: ["public", "pairwise"],
            id_token_signing_alg_values_supported: facts
                .signing_algorithms
                .iter()
                .map(|a| a.as_str())
                .collect(),
            token_endpoint_auth_methods_supported: methods.clone(),
            token_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
            introspection_endpoint_auth_methods_supported: proving_methods(),
            introspection_endpoint_auth_signing_alg_values_supported: algorithms.clone(),
            revocation_endpoint_auth_methods_supported: methods,
            revocation_endpoint_auth_signing_alg_values_supported: algorithms,
            code_challenge_methods_supported: ["S256"],
            display_values_supported: names(Display::ALL, Display::as_str),
            prompt_values_supported: names(Prompt::ALL, Prompt::as_str),
            claim_types_supported: ["normal"],
            claims_supported: TOKEN_CLAIMS.into_iter().chain(STANDARD_CLAIMS).collect(),
            ui_locales_supported: owned(facts.ui_locales),
            claims_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
            backchannel_logout_supported: logout,
            backchannel_logout_session_supported: logout,
        }
    }
}

/// Those by which a client proves who it is: to a public client nothing is said of tokens.
fn proving_methods() -> Vec<&'static str> {
    ClientAuthMethod::ALL
        .into_iter()
        .filter(|method| *method != ClientAuthMethod::None)
        .map(ClientAuthMethod::as_str)
        .collect()
}

fn scopes(further: &[&str]) -> Vec<String> {
    let mut scopes = owned(&names(StandardScope::ALL, StandardScope::as_str));
    scopes.extend(owned(further));
    scopes
}

fn names<T, const N: usize>(values: [T; N], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    values.into_iter().map(name).collect()
}

fn owned(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

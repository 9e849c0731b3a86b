//! The authorization request, read once client and redirect URI are known to belong together.

use serde::{Deserialize, Serialize};

use super::authorization_response::ResponseMode;
use super::claims_request::{ClaimsRequest, ClaimsRequestError, MAX_CLAIMS_REQUEST};
use super::error::{ErrorCode, description};
use super::parameters::{MAX_SCOPE, MAX_STATE, ParameterError, Parameters};
use super::pkce::{CodeChallenge, PkceError};
use super::prompt::{Display, Prompts};
use super::resource::{ResourceError, read_resources};
use super::scope::{Scopes, StandardScope};
use crate::model::{InvalidText, Span};
use crate::protocol::jose::MAX_TOKEN_BYTES;

const MAX_NONCE: usize = 512;
const MAX_HINT: usize = 320;
const MAX_LIST: usize = 1_024;
/// The most values of `acr_values` and `ui_locales` that are kept.
const MAX_VALUES: usize = 16;
/// Ten years: a larger `max_age` says nothing.
const MAX_MAX_AGE_SECONDS: u32 = 315_360_000;

/// Whether a code must be asked for with a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PkceRequirement {
    /// Yes: the default, and always so for a public client.
    Required,
    /// The client's registration says otherwise; a challenge that is sent is still held to.
    Optional,
}

/// What the client's registration allows.
#[derive(Debug, Clone, Copy)]
pub struct RequestRules<'r> {
    /// Whether PKCE is required.
    pub pkce: PkceRequirement,
    /// The scopes that it may ask for.
    pub scopes: &'r Scopes,
    /// The response modes that it may ask for.
    pub response_modes: &'r [ResponseMode],
}

/// What is asked for, beside who asks and where the answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// How the response is sent.
    pub response_mode: ResponseMode,
    /// The scopes, as far as Signet understands them.
    pub scopes: Scopes,
    /// The client's own; goes back unchanged.
    pub state: Option<String>,
    /// Goes into the ID token unchanged.
    pub nonce: Option<String>,
    /// S256.
    pub code_challenge: Option<CodeChallenge>,
    /// How to ask.
    pub prompts: Prompts,
    /// How long ago the person may have proved who they are.
    pub max_age: Option<Span>,
    /// Who is expected to sign in, in the client's words.
    pub login_hint: Option<String>,
    /// A token that names who is expected; not verified yet.
    pub id_token_hint: Option<String>,
    /// Languages, in order of preference.
    pub ui_locales: Vec<String>,
    /// Authentication context classes, in order of preference.
    pub acr_values: Vec<String>,
    /// Claims that are asked for one by one.
    pub claims: ClaimsRequest,
    /// How the pages shall be shown.
    pub display: Option<Display>,
    /// For which resource servers; absolute URIs. Which the client may use is not checked yet.
    pub resources: Vec<String>,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationRefusal {
    /// A parameter is missing, repeated, too long or has control characters.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// A request object.
    #[error("request objects are not supported; send the parameters themselves")]
    Request,
    /// A request object by URL: Signet fetches nothing that a request names.
    #[error("request_uri is not supported; send the parameters themselves")]
    RequestUri,
    /// Registration within a request.
    #[error("registration is not supported; have the client registered")]
    Registration,
    /// Another response mode.
    #[error("response_mode must be query or form_post, as the client's registration allows")]
    ResponseMode,
    /// Another response type.
    #[error("response_type must be code")]
    ResponseType,
    /// A scope with forbidden characters.
    #[error(transparent)]
    ScopeSyntax(InvalidText),
    /// A scope that this client may not have.
    #[error("the scope {} is not registered for this client", .0.as_str())]
    Scope(StandardScope),
    /// PKCE was left out.
    #[error("code_challenge is missing; this client must use PKCE with code_challenge_method=S256")]
    ChallengeMissing,
    /// The method without the challenge.
    #[error("code_challenge_method was sent without code_challenge")]
    ChallengeMethodAlone,
    /// `plain`, or no method, which means `plain`.
    #[error("code_challenge_method must be S256")]
    ChallengeMethod,
    /// The challenge is none.
    #[error(transparent)]
    Challenge(PkceError),
    /// An unknown prompt, or `none` with another.
    #[error("prompt must be none, or any of login, consent and select_account")]
    Prompt,
    /// Not a number of seconds.
    #[error("max_age must be a whole number of seconds")]
    MaxAge,
    /// An unknown display.
    #[error("display must be page, popup, touch or wap")]
    Display,
    /// The `claims` parameter.
    #[error(transparent)]
    Claims(#[from] ClaimsRequestError),
    /// A resource that is none.
    #[error("resource must be an absolute URI without fragment")]
    Resource,
}

impl AuthorizationRefusal {
    /// The code that the client is told.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Request => ErrorCode::RequestNotSupported,
            Self::RequestUri => ErrorCode::RequestUriNotSupported,
            Self::Registration => ErrorCode::RegistrationNotSupported,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::ScopeSyntax(_) | Self::Scope(_) => ErrorCode::InvalidScope,
            Self::Resource => ErrorCode::InvalidTarget,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

/// What the client is told instead of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationError {
    /// The code.
    pub error: ErrorCode,
    /// What is wrong, for the client's engineer.
    pub description: String,
    /// The rule that was broken.
    pub refusal: AuthorizationRefusal,
    /// The client's own, if there was exactly one.
    pub state: Option<String>,
    /// How the error is sent: as asked for where that was understood and is allowed, otherwise in the query.
    pub response_mode: ResponseMode,
}

impl AuthorizationRequest {
    /// Reads the request; the caller has read [`ClientAndRedirect`](super::ClientAndRedirect) and found both registered.
    ///
    /// # Errors
    /// [`AuthorizationError`], which may go to the redirect URI.
    pub fn read(
        pairs: &[(String, String)],
        rules: &RequestRules<'_>,
    ) -> Result<Self, AuthorizationError> {
        let parameters = Parameters::new(pairs);
        Self::check_in_order(parameters, rules).map_err(|refusal| AuthorizationError {
            error: refusal.code(),
            description: description(&refusal),
            refusal,
            state: read_state(parameters).ok().flatten(),
            response_mode: read_response_mode(parameters, rules).unwrap_or(ResponseMode::Query),
        })
    }

    /// Whether it is an OpenID Connect request: one for an ID token.
    pub fn is_openid(&self) -> bool {
        self.scopes.has(StandardScope::Openid)
    }

    /// The rules, in their order. Request objects come first: with one, the parameters around it mean nothing.
    fn check_in_order(
        parameters: Parameters<'_>,
        rules: &RequestRules<'_>,
    ) -> Result<Self, AuthorizationRefusal> {
        refuse_request_objects(parameters)?;
        let state = read_state(parameters)?;
        let response_mode = read_response_mode(parameters, rules)?;
        require_response_type_code(parameters)?;
        let scopes = read_scopes(parameters, rules)?;
        let code_challenge = read_code_challenge(parameters, rules)?;
        Ok(Self {
            response_mode,
            scopes,
            state,
            code_challenge,
            nonce: read_text(parameters, "nonce", MAX_NONCE)?,
            prompts: read_prompts(parameters)?,
            max_age: read_max_age(parameters)?,
            login_hint: read_text(parameters, "login_hint", MAX_HINT)?,
            id_token_hint: read_text(parameters, "id_token_hint", MAX_TOKEN_BYTES)?,
            ui_locales: read_ui_locales(parameters)?,
            acr_values: read_list(parameters, "acr_values")?,
            claims: read_claims(parameters)?,
            display: read_display(parameters)?,
            resources: read_resources(parameters)?,
        })
    }
}

/// Exactly these errors, and never silence: a client that signs its request relies on it (OpenID Connect core, 3.1.2.6).
fn refuse_request_objects(parameters: Parameters<'_>) -> Result<(), AuthorizationRefusal> {
    for (name, refusal) in [
        ("request", AuthorizationRefusal::Request),
        ("request_uri", AuthorizationRefusal::RequestUri),
        ("registration", AuthorizationRefusal::Registration),
    ] {
        match parameters.one(name, MAX_TOKEN_BYTES) {
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => return Err(refusal),
        }
    }
    Ok(())
}

fn read_state(parameters: Parameters<'_>) -> Result<Option<String>, AuthorizationRefusal> {
    read_text(parameters, "state", MAX_STATE)
}

fn read_response_mode(
    parameters: Parameters<'_>,
    rules: &RequestRules<'_>,
) -> Result<ResponseMode, AuthorizationRefusal> {
    let mode = match parameters.one("response_mode", 64)? {
        None => ResponseMode::Query,
        Some(name) => ResponseMode::from_name(name).ok_or(AuthorizationRefusal::ResponseMode)?,
    };
    if rules.response_modes.contains(&mode) {
        Ok(mode)
    } else {
        Err(AuthorizationRefusal::ResponseMode)
    }
}

fn require_response_type_code(parameters: Parameters<'_>) -> Result<(), AuthorizationRefusal> {
    match parameters.required("response_type", 64)? {
        "code" => Ok(()),
        _ => Err(AuthorizationRefusal::ResponseType),
    }
}

/// A scope that Signet knows and the client may not have is refused; one that Signet does not know is left out, as
/// OpenID Connect core, 3.1.2.1 asks for, and the token response says what remained.
fn read_scopes(
    parameters: Parameters<'_>,
    rules: &RequestRules<'_>,
) -> Result<Scopes, AuthorizationRefusal> {
    let text = parameters.one("scope", MAX_SCOPE)?.unwrap_or_default();
    let asked = Scopes::parse(text).map_err(AuthorizationRefusal::ScopeSyntax)?;
    let forbidden = StandardScope::ALL
        .into_iter()
        .find(|scope| asked.has(*scope) && !rules.scopes.has(*scope));
    match forbidden {
        Some(scope) => Err(AuthorizationRefusal::Scope(scope)),
        None => Ok(asked.retain(|scope| rules.scopes.contains(scope))),
    }
}

fn read_code_challenge(
    parameters: Parameters<'_>,
    rules: &RequestRules<'_>,
) -> Result<Option<CodeChallenge>, AuthorizationRefusal> {
    let challenge = parameters.one("code_challenge", 128)?;
    let method = parameters.one("code_challenge_method", 64)?;
    match (challenge, method) {
        (None, Some(_)) => Err(AuthorizationRefusal::ChallengeMethodAlone),
        (None, None) if rules.pkce == PkceRequirement::Required => {
            Err(AuthorizationRefusal::ChallengeMissing)
        }
        (None, None) => Ok(None),
        (Some(challenge), Some("S256")) => CodeChallenge::parse(challenge)
            .map(Some)
            .map_err(AuthorizationRefusal::Challenge),
        (Some(_), _) => Err(AuthorizationRefusal::ChallengeMethod),
    }
}

fn read_prompts(parameters: Parameters<'_>) -> Result<Prompts, AuthorizationRefusal> {
    let text = parameters.one("prompt", 128)?.unwrap_or_default();
    Prompts::parse(text).ok_or(AuthorizationRefusal::Prompt)
}

fn read_max_age(parameters: Parameters<'_>) -> Result<Option<Span>, AuthorizationRefusal> {
    let Some(text) = parameters.one("max_age", 16)? else {
        return Ok(None);
    };
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AuthorizationRefusal::MaxAge);
    }
    let seconds: u64 = text.parse().map_err(|_| AuthorizationRefusal::MaxAge)?;
    let seconds = seconds.min(u64::from(MAX_MAX_AGE_SECONDS));
    let seconds = i64::try_from(seconds).map_err(|_| AuthorizationRefusal::MaxAge)?;
    Ok(Some(Span::seconds(seconds)))
}

/// Language tags; what is none is left out, as no locale is an error (OpenID Connect core, 3.1.2.1).
fn read_ui_locales(parameters: Parameters<'_>) -> Result<Vec<String>, AuthorizationRefusal> {
    let mut locales = read_list(parameters, "ui_locales")?;
    locales.retain(|tag| {
        tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    });
    Ok(locales)
}

fn read_list(
    parameters: Parameters<'_>,
    name: &'static str,
) -> Result<Vec<String>, AuthorizationRefusal> {
    let text = parameters.one(name, MAX_LIST)?.unwrap_or_default();
    let values = text.split(' ').filter(|value| !value.is_empty());
    Ok(values.take(MAX_VALUES).map(str::to_owned).collect())
}

fn read_claims(parameters: Parameters<'_>) -> Result<ClaimsRequest, AuthorizationRefusal> {
    match parameters.one("claims", MAX_CLAIMS_REQUEST)? {
        None => Ok(ClaimsRequest::default()),
        Some(json) => Ok(ClaimsRequest::parse(json)?),
    }
}

fn read_display(parameters: Parameters<'_>) -> Result<Option<Display>, AuthorizationRefusal> {
    match parameters.one("display", 64)? {
        None => Ok(None),
        Some(name) => Display::ALL
            .into_iter()
            .find(|d| d.as_str() == name)
            .map(Some)
            .ok_or(AuthorizationRefusal::Display),
    }
}

fn read_text(
    parameters: Parameters<'_>,
    name: &'static str,
    max: usize,
) -> Result<Option<String>, AuthorizationRefusal> {
    Ok(parameters.one(name, max)?.map(str::to_owned))
}

impl From<ResourceError> for AuthorizationRefusal {
    fn from(error: ResourceError) -> Self {
        match error {
            ResourceError::Parameter(error) => Self::Parameter(error),
            ResourceError::Target => Self::Resource,
        }
    }
}

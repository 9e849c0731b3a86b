//! Whether an authorization request may be answered, and what it asks for: the rules that need the registration and the
//! time. What is wrong with its client or redirect URI is shown; everything after goes back to the client.

use super::{IssueError, OauthError};
use crate::access::AuthorizationExchange;
use crate::model::{
    Application, ApplicationType, Client, ClientAuthMethod, GrantType, Span, Timestamp,
};
use crate::policy::{AuthnContextClass, ContextComparison, Interaction, RequestedContext};
use crate::protocol::oauth::{
    AuthorizationRefusal, AuthorizationRequest, ClientAndRedirect, ErrorCode, PkceRequirement,
    Prompt, RedirectUriError, RequestRules, ResponseMode, Scopes, find_redirect_uri,
};

/// Why a request cannot be answered to the client: it is shown to the person, and never redirected (security.md O-02).
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationRule {
    /// The redirect URI.
    #[error(transparent)]
    RedirectUri(#[from] RedirectUriError),
    /// No client, or one that asks for no codes.
    #[error("the client's registration does not have the grant type authorization_code")]
    GrantType,
}

/// What is told to the client, and how.
#[derive(Debug)]
pub struct AuthorizationProblem {
    /// Where to; registered.
    pub redirect_uri: String,
    /// In which form.
    pub response_mode: ResponseMode,
    /// Given back as it came.
    pub state: Option<String>,
    /// What.
    pub error: OauthError,
}

/// Checks client and redirect URI against the registration; only then may anything be sent there.
///
/// # Errors
/// [`AuthorizationRule`].
pub fn validate_redirect<'r>(
    client: &Client,
    request: &'r ClientAndRedirect,
) -> Result<&'r str, AuthorizationRule> {
    if !client.grant_types.contains(&GrantType::AuthorizationCode) {
        return Err(AuthorizationRule::GrantType);
    }
    let requested = request.redirect_uri.as_deref();
    Ok(find_redirect_uri(
        &client.redirect_uris,
        requested,
        client.application_type,
    )?)
}

/// Checks everything else, in the order of the request's own rules, then resources and prompts.
///
/// # Errors
/// What the client is told.
pub fn validate_authorization(
    app: &Application,
    client: &Client,
    redirect_uri: &str,
    pairs: &[(String, String)],
    now: Timestamp,
) -> Result<AuthorizationExchange, AuthorizationProblem> {
    let scopes = Scopes::try_from(client.scopes.join(" ")).unwrap_or_default();
    let rules = RequestRules {
        pkce: if client.require_pkce {
            PkceRequirement::Required
        } else {
            PkceRequirement::Optional
        },
        scopes: &scopes,
        response_modes: &ResponseMode::ALL,
    };
    let request = AuthorizationRequest::read(pairs, &rules).map_err(|e| AuthorizationProblem {
        redirect_uri: redirect_uri.to_owned(),
        response_mode: e.response_mode,
        state: e.state,
        error: OauthError::new(e.error, e.description).by(rule_of(&e.refusal)),
    })?;
    let resources = &request.resources;
    if let Some(other) = resources.iter().find(|r| !client.resources.contains(r)) {
        let description = format!("{other} is not among the client's resources");
        return Err(AuthorizationProblem {
            redirect_uri: redirect_uri.to_owned(),
            response_mode: request.response_mode,
            state: request.state,
            error: OauthError::new(ErrorCode::InvalidTarget, description),
        });
    }
    Ok(exchange(app, redirect_uri, request, now))
}

/// The rule, where it is narrower than the code that the client is told.
const fn rule_of(refusal: &AuthorizationRefusal) -> &'static str {
    use AuthorizationRefusal as R;
    match refusal {
        R::ChallengeMissing | R::ChallengeMethodAlone | R::ChallengeMethod | R::Challenge(_) => {
            "pkce"
        }
        other => other.code().as_str(),
    }
}

fn exchange(
    app: &Application,
    redirect_uri: &str,
    request: AuthorizationRequest,
    now: Timestamp,
) -> AuthorizationExchange {
    let prompts = &request.prompts;
    // A program without a secret that gets its code on the person's machine could be any program there: nothing is given
    // to it in silence (RFC 8252, section 8.6).
    let is_anybodys = app.client().is_some_and(|client| {
        client.application_type == ApplicationType::Native
            && client.token_endpoint_auth_method == ClientAuthMethod::None
    });
    AuthorizationExchange {
        app_id: app.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        response_mode: request.response_mode,
        interaction: if prompts.contains(Prompt::None) {
            Interaction::Passive
        } else {
            Interaction::Allowed
        },
        authenticated_since: authenticated_since(&request, now),
        consent_since: (prompts.contains(Prompt::Consent) || is_anybodys).then_some(now),
        context: context(&request),
        state: request.state,
        nonce: request.nonce,
        code_challenge: request.code_challenge,
        scopes: request.scopes,
        resources: request.resources,
        claims: request.claims,
        subject_hint: None,
        login_hint: request.login_hint,
    }
}

/// OpenID Connect core, 3.1.2.1: `prompt=login` asks again; `select_account` lets another person sign in, which here is the
/// same; `max_age` counts back from the request.
fn authenticated_since(request: &AuthorizationRequest, now: Timestamp) -> Option<Timestamp> {
    let again = [Prompt::Login, Prompt::SelectAccount];
    let by_prompt = again
        .iter()
        .any(|p| request.prompts.contains(*p))
        .then_some(now);
    let by_age = request.max_age.map(|age: Span| now.minus(age));
    by_prompt.max(by_age)
}

/// `acr_values` in order of preference. What Signet does not know is left out; where nothing is left, nothing was asked:
/// the parameter is a wish (OpenID Connect core, 3.1.2.1).
fn context(request: &AuthorizationRequest) -> Option<RequestedContext> {
    let classes: Vec<_> = request
        .acr_values
        .iter()
        .filter_map(|value| {
            AuthnContextClass::ALL
                .into_iter()
                .find(|c| c.uri() == value)
        })
        .collect();
    (!classes.is_empty()).then_some(RequestedContext {
        comparison: ContextComparison::Exact,
        classes,
    })
}

/// The exchange was checked when it began, and a sign-in takes a while: what was taken from the registration since gets no
/// code.
pub(super) fn is_still_registered(
    client: &Client,
    exchange: &AuthorizationExchange,
) -> Result<(), IssueError> {
    let requested = Some(exchange.redirect_uri.as_str());
    let uri = find_redirect_uri(&client.redirect_uris, requested, client.application_type);
    let resources = &exchange.resources;
    if uri.is_ok()
        && client.grant_types.contains(&GrantType::AuthorizationCode)
        && exchange.scopes.iter().all(|scope| client.has_scope(scope))
        && resources.iter().all(|r| client.resources.contains(r))
    {
        return Ok(());
    }
    Err(IssueError::RegistrationChanged)
}

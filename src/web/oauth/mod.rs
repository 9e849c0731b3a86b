//! OpenID Connect and OAuth 2 at the edge: read, find the client, check in order; then the dispatcher, then the answer.

pub(super) mod authorize;
pub(super) mod client;
pub(super) mod discovery;
pub(super) mod end_session;
pub(super) mod token;
pub(super) mod tokens_shown;
pub(super) mod userinfo;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use serde::Serialize;

use super::error::{PageError, known};
use super::extract::Visitor;
use super::headers::{self, Forms};
use super::{App, trace};
use crate::access::{AuthorizationExchange, Outcome, Resolved};
use crate::audit::AuditEvent;
use crate::issue::{IssueError, OauthError, Under, Witness};
use crate::model::{AppId, TraceOutcome};
use crate::policy::Decision;
use crate::protocol::oauth::{
    AuthorizationOutcome, AuthorizationResponse, ErrorCode, ErrorResponse, FormError, ResponseMode,
    bearer_challenge, parse_form,
};
use crate::render::FormPostPage;
use crate::store::StoreError;
use crate::traces::diagnosis::{Diagnosis, of_authorization};

/// Where an answer goes, and how.
pub(super) struct Reply<'a> {
    pub(super) redirect_uri: &'a str,
    pub(super) response_mode: ResponseMode,
    pub(super) state: Option<&'a str>,
}

impl<'a> Reply<'a> {
    pub(super) fn to(exchange: &'a AuthorizationExchange) -> Self {
        Self {
            redirect_uri: &exchange.redirect_uri,
            response_mode: exchange.response_mode,
            state: exchange.state.as_deref(),
        }
    }
}

/// Uses the grant up for a code, and sends the browser to the client with it.
pub(super) async fn respond(
    app: &App,
    visitor: &Visitor,
    exchange: &AuthorizationExchange,
    outcome: Outcome,
) -> Result<HttpResponse, PageError> {
    let (Decision::Allow(grant), Resolved::Application(application), Some(session)) =
        (outcome.decision, &outcome.target, &outcome.session)
    else {
        return Err(PageError::Gone);
    };
    let op = visitor.op.as_user(grant.subject());
    visitor.trace.is_about(grant.subject());
    let witness = Witness {
        known: known(outcome.known.as_ref())?,
        session_id: &session.id,
        under: Under::Session(visitor.browser.session.clone().ok_or(PageError::Gone)?),
    };
    let issued = app
        .issuer
        .authorize(&op, grant, &witness, application, exchange)
        .await;
    let reply = Reply::to(exchange);
    match issued {
        Ok(Ok(code)) => {
            app.sessions.touch(&op, session).await?;
            let code = code.expose_text().map_err(|_| PageError::Gone)?;
            let outcome = AuthorizationOutcome::Code(code);
            visitor
                .trace
                .sent(vec![("code at", exchange.redirect_uri.clone())]);
            send(app, visitor, &reply, outcome, &application.name)
        }
        Ok(Err(error)) => {
            let of = (Some(&**application), None);
            let why = trace::diagnose(app, visitor, of, |seen| of_authorization(&error, seen));
            refuse(app, visitor, &reply, (&error, why), Some(&exchange.app_id)).await
        }
        Err(error) => {
            let of = (Some(&**application), outcome.known.as_ref());
            trace::not_issued(app, visitor, of, &error);
            match error {
                IssueError::RegistrationChanged => Err(PageError::Gone),
                error => Err(error.into()),
            }
        }
    }
}

/// Tells the client that there will be no code, and records why.
pub(super) async fn refuse(
    app: &App,
    visitor: &Visitor,
    reply: &Reply<'_>,
    (error, why): (&OauthError, Diagnosis),
    app_id: Option<&AppId>,
) -> Result<HttpResponse, PageError> {
    trace::told_because(visitor, error, why);
    record(app, visitor, error.code.as_str(), None, app_id).await;
    let outcome = AuthorizationOutcome::Error {
        code: error.code,
        description: &error.description,
    };
    send(app, visitor, reply, outcome, "")
}

/// By the query (303, never 307: a form's fields must not go along; security.md O-11) or by a form that posts itself.
fn send(
    app: &App,
    visitor: &Visitor,
    reply: &Reply<'_>,
    outcome: AuthorizationOutcome<'_>,
    target_name: &str,
) -> Result<HttpResponse, PageError> {
    let issuer = &app.keys.identity().oidc_issuer;
    let response = AuthorizationResponse {
        outcome,
        state: reply.state,
        issuer,
    };
    match reply.response_mode {
        ResponseMode::Query => {
            let url = response.redirect_url(reply.redirect_uri);
            Ok(headers::see_other(app, visitor, &url).finish())
        }
        ResponseMode::FormPost => {
            let page = FormPostPage {
                action: reply.redirect_uri.to_owned(),
                fields: response.fields(),
                target_name: target_name.to_owned(),
            };
            let html = app.renderer.render(&page, visitor.language)?;
            let forms = Forms::to(reply.redirect_uri);
            Ok(headers::page(app, visitor, StatusCode::OK, &forms, html))
        }
    }
}

/// A refusal is recorded; that it could not be recorded makes it no less refused.
pub(super) async fn record(
    app: &App,
    visitor: &Visitor,
    rule: &str,
    client_id: Option<String>,
    app_id: Option<&AppId>,
) {
    let event = AuditEvent::OauthRequestRefused {
        rule: rule.to_owned(),
        client_id,
        app_id: app_id.cloned(),
    };
    if let Err(error) = app.audit.record(&visitor.op, &event).await {
        let request_id = visitor.op.request_id.as_str();
        tracing::error!(request_id, %error, "a refused request of a client was not recorded");
    }
}

/// An answer to a program (RFC 6749, section 5.1: never cached).
pub(super) fn json<T: Serialize>(app: &App, status: StatusCode, body: &T) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"));
    headers::common(&mut response, &app.site);
    match serde_json::to_string(body) {
        Ok(text) => response.body(text),
        Err(error) => {
            tracing::error!(%error, "an answer has no JSON form");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// What went wrong at an endpoint for programs.
pub(super) enum Failure {
    /// The program's doing, by RFC 6749's name.
    Told(OauthError),
    /// Ours.
    Ours(Box<PageError>),
}

impl From<OauthError> for Failure {
    fn from(error: OauthError) -> Self {
        Self::Told(error)
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        Self::Ours(Box::new(error))
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        Self::Ours(Box::new(error.into()))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Ours(Box::new(error.into()))
    }
}

/// RFC 6749, section 5.2: 401 where the client is not who it says, 400 otherwise; what is ours is 503 or 500, and its
/// cause stands in the log alone.
pub(super) fn failed(app: &App, visitor: &Visitor, failure: Failure) -> HttpResponse {
    match failure {
        Failure::Told(error) => {
            if visitor.trace.reason().is_none() {
                trace::told(app, visitor, None, &error);
            }
            let status = match error.code {
                ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
                _ => StatusCode::BAD_REQUEST,
            };
            let body = ErrorResponse::new(error.code, &error.description);
            let mut response = json(app, status, &body);
            if status == StatusCode::UNAUTHORIZED {
                let basic =
                    actix_web::http::header::HeaderValue::from_static("Basic realm=\"signet\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, basic);
            }
            response
        }
        Failure::Ours(error) => {
            let request_id = visitor.op.request_id.as_str();
            visitor
                .trace
                .ended(TraceOutcome::Failed, Diagnosis::internal());
            let status = error.status();
            tracing::error!(request_id, %error, "a program's request failed");
            let code = if status == StatusCode::SERVICE_UNAVAILABLE {
                ErrorCode::TemporarilyUnavailable
            } else {
                ErrorCode::ServerError
            };
            let text = format!("try again; if it stays, ask about request {request_id}");
            json(app, status, &ErrorResponse::new(code, text))
        }
    }
}

/// RFC 6750, section 3: what is wrong with a bearer token.
pub(super) fn bearer_failed(app: &App, error: Option<&OauthError>) -> HttpResponse {
    let status = match error.map(|e| e.code) {
        Some(ErrorCode::InsufficientScope) => StatusCode::FORBIDDEN,
        Some(ErrorCode::InvalidRequest) => StatusCode::BAD_REQUEST,
        _ => StatusCode::UNAUTHORIZED,
    };
    let challenge = bearer_challenge(error.map(|e| (e.code, e.description.as_str())), None);
    let mut response = HttpResponse::build(status);
    response
        .insert_header((WWW_AUTHENTICATE, challenge))
        .insert_header((CACHE_CONTROL, "no-store"));
    headers::common(&mut response, &app.site);
    response.finish()
}

/// A body or query as pairs.
pub(super) fn pairs(raw: &str) -> Result<Vec<(String, String)>, OauthError> {
    parse_form(raw).map_err(|error: FormError| OauthError::new(ErrorCode::InvalidRequest, error))
}

/// A form's octets as text.
pub(super) fn form_pairs(
    request: &actix_web::HttpRequest,
    body: &[u8],
) -> Result<Vec<(String, String)>, OauthError> {
    let told = |text: &str| OauthError::new(ErrorCode::InvalidRequest, text);
    let content_type = request.headers().get(CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") && !body.is_empty() {
        return Err(told(
            "send the parameters as application/x-www-form-urlencoded",
        ));
    }
    pairs(std::str::from_utf8(body).map_err(|_| told("the form is not UTF-8"))?)
}

//! The only place that knows status codes. Causes go to the log, with the request's id; the page says what to do.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;

use super::App;
use super::extract::Visitor;
use super::headers::{self, Forms};
use super::{routes, trace};
use crate::access::Known;
use crate::apps::AppsError;
use crate::audit::AuditError;
use crate::credentials::CredentialError;
use crate::directory::DirectoryError;
use crate::issue::{IssueError, RequestRule};
use crate::keys::KeysError;
use crate::model::Span;
use crate::protocol::saml::{ReceiveError, WriteError};
use crate::render::{ErrorPage, NoticePage, RenderError};
use crate::sessions::SessionError;
use crate::signin::SignInError;
use crate::store::StoreError;

/// When the store was not available: it is a matter of moments, or of an operator.
const AGAIN_AFTER: Span = Span::seconds(5);

/// Why there is no other page.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// A form from elsewhere, or from a page that is too old.
    #[error("the form did not come from a page of this browser")]
    Forged,
    /// Nothing of that name.
    #[error("there is no such page")]
    NotFound,
    /// The sign-in is over, or another browser's.
    #[error("the sign-in is over")]
    Gone,
    /// What was sent cannot be read.
    #[error("the request cannot be read: {0}")]
    BadRequest(String),
    /// A SAML request that breaks a rule of syntax or signature.
    #[error(transparent)]
    Received(#[from] ReceiveError),
    /// A SAML request from nobody we know.
    #[error("no application is registered under the issuer of this request")]
    UnknownIssuer,
    /// A client's request from nobody we know.
    #[error("there is no such client, or it is disabled")]
    UnknownClient,
    /// A client's request that must not be answered to where it asks.
    #[error("{0}")]
    Client(String),
    /// A SAML request that breaks a rule of its registration.
    #[error(transparent)]
    Rule(#[from] RequestRule),
    /// Too much at once.
    #[error("too much at once")]
    Busy(Span),
    /// Nothing was issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The sign-in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The sessions.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Applications and accounts.
    #[error(transparent)]
    Apps(#[from] AppsError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A document of ours.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A template or a text.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a page says: its status, and the keys of its title and its text.
struct Says {
    status: StatusCode,
    text: &'static str,
    detail: Option<String>,
}

impl PageError {
    fn says(&self) -> Says {
        let (status, text, detail) = match self {
            Self::Forged => (StatusCode::FORBIDDEN, "forged", None),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", None),
            Self::Gone => (StatusCode::GONE, "expired", None),
            Self::BadRequest(reason) => {
                (StatusCode::BAD_REQUEST, "bad-request", Some(reason.clone()))
            }
            // These texts are for the engineer at the application; foreign input is in them escaped and shortened.
            Self::Received(error) => (
                StatusCode::BAD_REQUEST,
                "saml-request",
                Some(error.to_string()),
            ),
            Self::UnknownClient => (StatusCode::BAD_REQUEST, "unknown-client", None),
            Self::Client(reason) => (
                StatusCode::BAD_REQUEST,
                "oauth-request",
                Some(reason.clone()),
            ),
            Self::UnknownIssuer => (StatusCode::BAD_REQUEST, "unknown-issuer", None),
            Self::Rule(rule) => (
                StatusCode::BAD_REQUEST,
                "saml-request",
                Some(rule.to_string()),
            ),
            Self::Issue(IssueError::AlreadyAnswered) => {
                (StatusCode::CONFLICT, "already-answered", None)
            }
            Self::Issue(IssueError::StartsAtApplication) => {
                (StatusCode::FORBIDDEN, "starts-at-application", None)
            }
            Self::Issue(IssueError::SessionEnded) => (StatusCode::FORBIDDEN, "session-ended", None),
            Self::Issue(IssueError::AwsLimit(limit)) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "aws-limit",
                Some(limit.to_string()),
            ),
            Self::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "busy", None),
            error if error.is_temporary() => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", None),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal", None),
        };
        Says {
            status,
            text,
            detail,
        }
    }

    /// The status of its page.
    pub(super) fn status(&self) -> StatusCode {
        self.says().status
    }

    /// Whether the same may succeed a little later: wherever in the services the store was not available.
    fn is_temporary(&self) -> bool {
        match self {
            Self::Store(error) => error.is_temporary(),
            Self::Issue(error) => error.is_temporary(),
            Self::SignIn(error) => error.is_temporary(),
            Self::Session(error) => error.is_temporary(),
            Self::Credentials(error) => error.is_temporary(),
            Self::Directory(error) => error.is_temporary(),
            Self::Apps(error) => error.is_temporary(),
            Self::Audit(error) => error.is_temporary(),
            Self::Keys(error) => error.is_temporary(),
            _ => false,
        }
    }
}

/// The answer of a handler: its own, or the error's page. No error is without an answer.
pub(super) fn answer(
    app: &App,
    visitor: &Visitor,
    result: Result<HttpResponse, PageError>,
) -> HttpResponse {
    trace::close(app, visitor, &result);
    match result {
        Ok(response) => response,
        Err(error) => show(app, visitor, &error),
    }
}

fn show(app: &App, visitor: &Visitor, error: &PageError) -> HttpResponse {
    let says = error.says();
    let request_id = visitor.op.request_id.as_str();
    if matches!(error, PageError::Busy(_)) {
        tracing::debug!(
            request_id,
            "sent away for a moment: too many wait for a password thread"
        );
    } else if says.status.is_server_error() {
        tracing::error!(request_id, %error, "a request failed");
    } else {
        tracing::info!(request_id, %error, "a request was refused");
    }
    let rendered = match error {
        PageError::Gone | PageError::Busy(_) => app.renderer.render(
            &NoticePage {
                text: says.text,
                restart: routes::PORTAL.to_owned(),
            },
            visitor.language,
        ),
        _ => app.renderer.render(
            &ErrorPage {
                status: says.status.as_u16(),
                text: says.text,
                detail: says.detail,
                request_id: request_id.to_owned(),
                portal: routes::PORTAL.to_owned(),
            },
            visitor.language,
        ),
    };
    let html = rendered.unwrap_or_else(|error| {
        tracing::error!(request_id, %error, "the error page cannot be rendered");
        format!("<!doctype html><title>Error</title><p>Something went wrong. Request {request_id}.")
    });
    let mut response = headers::page(app, visitor, says.status, &Forms::Ours, html);
    let after = match error {
        PageError::Busy(after) => Some(*after),
        _ if says.status == StatusCode::SERVICE_UNAVAILABLE => Some(AGAIN_AFTER),
        _ => None,
    };
    if let Some(Ok(value)) = after.map(|after| after.as_seconds().max(1).to_string().parse()) {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    response
}

/// The person behind an allowed decision; there is always one.
pub(super) fn known(known: Option<&Known>) -> Result<&Known, PageError> {
    known.ok_or(PageError::Gone)
}

//! The pages of a sign-in. None routes to another: each comes back to [`show`], the dispatcher's page. Where a sign-in
//! goes when nothing is missing is the `match` in [`finish`]: the only place where the protocols fork.

pub(super) mod code;
pub(super) mod consent;
pub(super) mod enroll;
pub(super) mod link;
mod pages;
pub(super) mod passkey;
pub(super) mod password;
pub(super) mod sign_out;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::cookies::{self, Name};
use super::error::{PageError, answer};
use super::extract::Visitor;
use super::headers;
use super::{App, aws, csrf, oauth, routes, saml, trace};
use crate::access::Outcome;
use crate::issue::OauthError;
use crate::model::{PasskeyKind, PendingId};
use crate::policy::{DenyReason, Interaction};
use crate::protocol::oauth::ErrorCode;
use crate::protocol::saml::SubStatus;
use crate::signin::{
    AwsDoor, ConsolePart, Continuation, OwnCredential, PendingSignIn, SignedIn, Step,
};

/// The page that the dispatcher asks for, or the end of the sign-in.
pub(super) async fn show(app: Data<App>, mut visitor: Visitor, path: Path<String>) -> HttpResponse {
    let result = match PendingId::parse(&path) {
        Ok(id) => dispatch(&app, &mut visitor, &id).await,
        Err(_) => Err(PageError::NotFound),
    };
    answer(&app, &visitor, result)
}

/// Asks what comes next, and does it.
pub(super) async fn dispatch(
    app: &App,
    visitor: &mut Visitor,
    id: &PendingId,
) -> Result<HttpResponse, PageError> {
    match app
        .sign_ins
        .next_step(&visitor.op, id, &visitor.browser)
        .await?
    {
        Step::Gone => Err(PageError::Gone),
        Step::Ask {
            pending,
            requirement,
            outcome,
        } => {
            let binding = visitor.bind();
            if !app.sign_ins.claim(&pending, &binding).await? {
                return Err(PageError::Gone);
            }
            pages::ask(app, visitor, &pending, &requirement, &outcome, None).await
        }
        Step::SignedIn(signed_in) => become_session(app, visitor, *signed_in).await,
        Step::Go { pending, outcome } => {
            trace::resume(visitor, &pending);
            finish(app, visitor, &pending.continuation, *outcome).await
        }
        Step::Denied {
            pending,
            reason,
            outcome,
        } => denied(app, visitor, &pending, reason, &outcome).await,
    }
}

/// Gives the browser its session and lets it come back: what is issued is decided by the session.
async fn become_session(
    app: &App,
    visitor: &Visitor,
    signed_in: SignedIn,
) -> Result<HttpResponse, PageError> {
    let secret = signed_in
        .secret
        .expose_text()
        .map_err(|_| PageError::Gone)?;
    let known = match &visitor.known {
        Some(known) => known.clone(),
        None => visitor.op.entropy.token(),
    };
    app.credentials
        .remember_browser(&visitor.op, &signed_in.user_id, &known)
        .await?;
    let path = routes::sign_in(&signed_in.pending_id);
    let mut response = headers::see_other(app, visitor, &path);
    response.cookie(cookies::set(&app.site, Name::Session, secret, None));
    response.cookie(cookies::set(
        &app.site,
        Name::Known,
        &known,
        Some(KNOWN_DAYS),
    ));
    Ok(response.finish())
}

/// Where a sign-in goes when nothing is missing. The grant is in the outcome and is used up here.
pub(super) async fn finish(
    app: &App,
    visitor: &Visitor,
    continuation: &Continuation,
    outcome: Outcome,
) -> Result<HttpResponse, PageError> {
    match continuation {
        Continuation::Saml(exchange) => saml::respond(app, visitor, exchange, outcome).await,
        Continuation::Oauth(exchange) => oauth::respond(app, visitor, exchange, outcome).await,
        Continuation::AwsRole {
            destination, door, ..
        } => match door {
            AwsDoor::Console => {
                aws::console::respond(app, visitor, destination.as_deref(), outcome).await
            }
            AwsDoor::CommandLine => aws::command_line::respond(app, visitor, &outcome),
        },
        Continuation::Portal => Ok(headers::see_other(app, visitor, routes::PORTAL).finish()),
        Continuation::Account => Ok(headers::see_other(app, visitor, routes::ACCOUNT).finish()),
        Continuation::OwnCredentials { part, .. } => {
            let to = match part {
                OwnCredential::Password => routes::OWN_PASSWORD.to_owned(),
                OwnCredential::RecoveryCodes => routes::OWN_RECOVERY_CODES.to_owned(),
                OwnCredential::NewKey(PasskeyKind::Passkey) => routes::OWN_NEW_PASSKEY.to_owned(),
                OwnCredential::NewKey(PasskeyKind::SecurityKey) => {
                    routes::OWN_NEW_SECURITY_KEY.to_owned()
                }
                OwnCredential::Address => routes::OWN_ADDRESS.to_owned(),
                OwnCredential::NewTotp => routes::OWN_NEW_TOTP.to_owned(),
                OwnCredential::Device(id) => routes::own_device(id),
                OwnCredential::ColleaguePass => routes::COLLEAGUE_PASS.to_owned(),
            };
            Ok(headers::see_other(app, visitor, &to).finish())
        }
        Continuation::Admin { part } => {
            let to = match part {
                ConsolePart::Home => routes::ADMIN,
                ConsolePart::People => routes::PEOPLE,
                ConsolePart::Groups => routes::GROUPS,
                ConsolePart::Aws => routes::AWS,
                ConsolePart::Policies => routes::POLICIES,
                ConsolePart::Protection => routes::PROTECTION,
                ConsolePart::Audit => routes::AUDIT,
                ConsolePart::Traces => routes::TRACES,
            };
            Ok(headers::see_other(app, visitor, to).finish())
        }
    }
}

/// What a person is denied they are told; what an application can act on, it is told.
async fn denied(
    app: &App,
    visitor: &Visitor,
    pending: &PendingSignIn,
    reason: DenyReason,
    outcome: &Outcome,
) -> Result<HttpResponse, PageError> {
    trace::resume(visitor, pending);
    let why = trace::denied(app, visitor, reason, outcome);
    if let Continuation::Saml(exchange) = &pending.continuation
        && let Some(status) = status_of(reason, exchange.interaction)
    {
        return saml::refuse(app, visitor, exchange, status).await;
    }
    if let Continuation::Oauth(exchange) = &pending.continuation
        && let Some(error) = told_at_once(reason, exchange.interaction)
    {
        let reply = oauth::Reply::to(exchange);
        return oauth::refuse(app, visitor, &reply, (&error, why), Some(&exchange.app_id)).await;
    }
    pages::denied(app, visitor, pending, outcome)
}

/// The status that tells an application of a denial at once; none where the person is told first.
pub(super) fn status_of(reason: DenyReason, interaction: Interaction) -> Option<SubStatus> {
    match (reason, interaction) {
        (DenyReason::NoPassive, _) => Some(SubStatus::NoPassive),
        (DenyReason::NoAuthnContext, _) => Some(SubStatus::NoAuthnContext),
        (_, Interaction::Passive) => Some(SubStatus::RequestDenied),
        (_, Interaction::Allowed) => None,
    }
}

/// The same for a client.
fn told_at_once(reason: DenyReason, interaction: Interaction) -> Option<OauthError> {
    let is_the_requests = matches!(reason, DenyReason::NoAuthnContext);
    (is_the_requests || interaction == Interaction::Passive).then(|| oauth_error_of(reason))
}

/// What a client is told of a denial (OpenID Connect core, 3.1.2.6).
pub(super) fn oauth_error_of(reason: DenyReason) -> OauthError {
    let (code, text) = match reason {
        DenyReason::NoPassive => (ErrorCode::LoginRequired, "the person must sign in"),
        DenyReason::ConsentRequired => (ErrorCode::ConsentRequired, "the person must agree"),
        DenyReason::NoAuthnContext => (
            ErrorCode::UnmetAuthenticationRequirements,
            "the requested acr cannot be reached",
        ),
        DenyReason::UserDisabled
        | DenyReason::NotAssigned
        | DenyReason::TargetDisabled
        | DenyReason::TargetUnknown
        | DenyReason::NetworkNotAllowed
        | DenyReason::NoFactorAllowed
        | DenyReason::AwsSessionTooShort => (
            ErrorCode::AccessDenied,
            "the person may not use this client",
        ),
    };
    OauthError::new(code, text)
}

/// As long as the database remembers it.
const KNOWN_DAYS: i64 = 365;

/// A form with nothing but its token.
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    csrf: String,
}

/// The person gives up, or goes back after a denial: the application is told that the request is denied.
pub(super) async fn decline(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    path: Path<String>,
    form: Form<Token>,
) -> HttpResponse {
    let result = async {
        csrf::check(&app, &visitor, &request, &form.csrf)?;
        let id = PendingId::parse(&path).map_err(|_| PageError::NotFound)?;
        let found = app
            .sign_ins
            .find(&visitor.op, &id, &visitor.browser)
            .await?;
        let pending = found.ok_or(PageError::Gone)?;
        trace::resume(&visitor, &pending);
        match &pending.continuation {
            Continuation::Saml(exchange) => {
                saml::refuse(&app, &visitor, exchange, SubStatus::RequestDenied).await
            }
            Continuation::Oauth(exchange) => {
                oauth::authorize::declined(&app, &visitor, exchange).await
            }
            _ => Ok(headers::see_other(&app, &visitor, routes::PORTAL).finish()),
        }
    };
    answer(&app, &visitor, result.await)
}

/// A step's page again, with what was wrong; status 422, so that no cache or script takes it for success.
const AGAIN: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

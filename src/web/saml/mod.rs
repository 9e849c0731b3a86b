//! SAML at the edge: decode, find the registration, verify, validate; then the dispatcher, then the response.

pub(super) mod metadata;
pub(super) mod sso;
pub(super) mod start;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::error::{PageError, known};
use super::extract::Visitor;
use super::headers::{self, Forms};
use super::{App, routes, trace};
use crate::access::{Exchange, Outcome, Proof, Resolved};
use crate::issue::{IssueError, Posted, Under, Witness};
use crate::policy::Decision;
use crate::protocol::saml::SubStatus;
use crate::render::SamlPostPage;
use crate::signin::Continuation;

/// Goes on with a checked exchange: answers at once when the session suffices, and begins a sign-in when it does not.
async fn proceed(
    app: &App,
    visitor: &mut Visitor,
    exchange: Exchange,
) -> Result<HttpResponse, PageError> {
    let outcome = decide(app, visitor, &exchange).await?;
    if outcome.is_allowed() {
        return respond(app, visitor, &exchange, outcome).await;
    }
    let binding = visitor.bind();
    begin(app, visitor, Some(&binding), exchange).await
}

/// Whether the session suffices.
async fn decide(app: &App, visitor: &Visitor, exchange: &Exchange) -> Result<Outcome, PageError> {
    let proof = Proof::session(visitor.browser.session.clone());
    let request = exchange.access_request();
    Ok(app.access.decide(&visitor.op, proof, request).await?)
}

/// Keeps the exchange and goes on by GET, so that the browser sends its cookies (a POST from another site carries none
/// that are `Lax`).
async fn begin(
    app: &App,
    visitor: &Visitor,
    binding: Option<&crate::model::SecretHash>,
    exchange: Exchange,
) -> Result<HttpResponse, PageError> {
    let continuation = Continuation::Saml(exchange);
    let id = app
        .sign_ins
        .begin(&visitor.op, binding, continuation)
        .await?;
    visitor.trace.waits_for(&id);
    Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish())
}

/// Uses the grant up for a response, and shows the page that posts it.
pub(super) async fn respond(
    app: &App,
    visitor: &Visitor,
    exchange: &Exchange,
    outcome: Outcome,
) -> Result<HttpResponse, PageError> {
    let (Decision::Allow(grant), Resolved::Application(application), Some(session)) =
        (outcome.decision, &outcome.target, &outcome.session)
    else {
        return Err(PageError::Gone);
    };
    let secret = visitor.browser.session.clone().ok_or(PageError::Gone)?;
    let op = visitor.op.as_user(grant.subject());
    visitor.trace.is_about(grant.subject());
    let witness = Witness {
        known: known(outcome.known.as_ref())?,
        session_id: &session.id,
        under: Under::Session(secret),
    };
    let issued = app
        .issuer
        .respond(&op, grant, &witness, application, exchange)
        .await;
    match issued {
        Ok(posted) => {
            app.sessions.touch(&op, session).await?;
            if let Some(saml) = application.saml() {
                trace::saml_response(visitor, saml, exchange);
            }
            post_page(app, visitor, posted, &application.name)
        }
        Err(error) => {
            let of = (Some(&**application), outcome.known.as_ref());
            trace::not_issued(app, visitor, of, &error);
            match error {
                IssueError::NoName => {
                    refuse(app, visitor, exchange, SubStatus::InvalidNameIdPolicy).await
                }
                IssueError::RegistrationChanged => Err(PageError::Gone),
                error => Err(error.into()),
            }
        }
    }
}

/// Tells the application that there will be no assertion.
pub(super) async fn refuse(
    app: &App,
    visitor: &Visitor,
    exchange: &Exchange,
    status: SubStatus,
) -> Result<HttpResponse, PageError> {
    let found = app.apps.application(&exchange.app_id).await?;
    let application = found.ok_or(PageError::UnknownIssuer)?;
    let posted = app
        .issuer
        .refuse(&visitor.op, &application, exchange, status)
        .await
        .inspect_err(|error| trace::not_issued(app, visitor, (Some(&application), None), error))?;
    trace::status(app, visitor, &application, status);
    post_page(app, visitor, posted, &application.name)
}

/// The page that posts a response (SAML bindings, 3.5.4); with a button for browsers without JavaScript.
pub(super) fn post_page(
    app: &App,
    visitor: &Visitor,
    posted: Posted,
    target_name: &str,
) -> Result<HttpResponse, PageError> {
    let forms = Forms::to(&posted.acs_url);
    let page = SamlPostPage {
        action: posted.acs_url,
        saml_response: posted.saml_response,
        relay_state: posted.relay_state,
        target_name: target_name.to_owned(),
    };
    let html = app.renderer.render(&page, visitor.language)?;
    Ok(headers::page(app, visitor, StatusCode::OK, &forms, html))
}

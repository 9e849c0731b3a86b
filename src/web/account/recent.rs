//! Whoever changes how they, or a colleague, sign in has proved a moment ago who they are.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::access::{Known, Proof};
use crate::model::{BrowserSession, Span};
use crate::render::Page;
use crate::signin::{Continuation, OwnCredential};
use crate::web::error::PageError;
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, routes};

/// So long a proof suffices for a change.
const RECENT: Span = Span::minutes(10);

/// Whether the person has proved who they are just now; if not, the sign-in that leads back.
pub(super) enum Recent {
    Yes(Box<(Known, BrowserSession)>),
    NotYet(HttpResponse),
}

pub(super) async fn recent(
    app: &App,
    visitor: &mut Visitor,
    part: OwnCredential,
) -> Result<Recent, PageError> {
    let since = visitor.op.now.minus(RECENT);
    let continuation = Continuation::OwnCredentials { part, since };
    let proof = Proof::session(visitor.browser.session.clone());
    let request = continuation.access_request();
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    if outcome.is_allowed()
        && let (Some(known), Some(session)) = (outcome.known, outcome.session)
    {
        return Ok(Recent::Yes(Box::new((known, session))));
    }
    let binding = visitor.bind();
    let id = app
        .sign_ins
        .begin(&visitor.op, Some(&binding), continuation)
        .await?;
    let to = routes::sign_in(&id);
    Ok(Recent::NotYet(
        headers::see_other(app, visitor, &to).finish(),
    ))
}

pub(super) fn show(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    page: &impl Page,
) -> Result<HttpResponse, PageError> {
    let html = app.renderer.render(page, visitor.language)?;
    Ok(headers::page(app, visitor, status, &Forms::Ours, html))
}

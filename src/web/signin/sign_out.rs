//! Signing out.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};

use super::Token;
use crate::model::BrowserSession;
use crate::render::{SignOutPage, SignedOutPage};
use crate::web::cookies::{self, Name};
use crate::web::error::{PageError, answer};
use crate::web::extract::Visitor;
use crate::web::headers::{self, Forms};
use crate::web::{App, csrf, routes};

/// Asks: a link from elsewhere must not sign anybody out.
pub(in crate::web) async fn ask(app: Data<App>, visitor: Visitor) -> HttpResponse {
    let result = async {
        let session = app
            .sessions
            .find(&visitor.op, visitor.browser.session.as_ref())
            .await?;
        page(&app, &visitor, session.as_ref())
    };
    answer(&app, &visitor, result.await)
}

/// Ends the session. The applications' own sessions end when they end.
pub(in crate::web) async fn sign_out(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<Token>,
) -> HttpResponse {
    let result = async {
        let session = app
            .sessions
            .find(&visitor.op, visitor.browser.session.as_ref())
            .await?;
        if let Some(session) = session {
            csrf::check_session(&app, &session, &request, &form.csrf)?;
            let op = visitor.op.as_user(&session.user_id);
            app.sessions.sign_out(&op, &session).await?;
        }
        signed_out(&app, &visitor)
    };
    answer(&app, &visitor, result.await)
}

/// The question; who has no session is told that they are signed out.
pub(in crate::web) fn page(
    app: &App,
    visitor: &Visitor,
    session: Option<&BrowserSession>,
) -> Result<HttpResponse, PageError> {
    let Some(session) = session else {
        return signed_out(app, visitor);
    };
    let page = SignOutPage {
        action: routes::SIGN_OUT.to_owned(),
        csrf: app.sessions.csrf_token(session),
    };
    let html = app.renderer.render(&page, visitor.language)?;
    Ok(headers::page(
        app,
        visitor,
        StatusCode::OK,
        &Forms::Ours,
        html,
    ))
}

/// The end.
pub(in crate::web) fn signed_out(app: &App, visitor: &Visitor) -> Result<HttpResponse, PageError> {
    let page = SignedOutPage {
        sign_in: routes::PORTAL.to_owned(),
    };
    let html = app.renderer.render(&page, visitor.language)?;
    let response = headers::page(app, visitor, StatusCode::OK, &Forms::Ours, html);
    without_session(app, visitor, response)
}

/// An answer with which the browser forgets its session. Only what it has shown: a form from another site comes without the
/// cookie, and must not take it away.
pub(in crate::web) fn without_session(
    app: &App,
    visitor: &Visitor,
    mut response: HttpResponse,
) -> Result<HttpResponse, PageError> {
    if visitor.browser.session.is_none() {
        return Ok(response);
    }
    let gone = cookies::clear(&app.site, Name::Session);
    response
        .add_cookie(&gone)
        .map_err(|error| PageError::BadRequest(error.to_string()))?;
    Ok(response)
}

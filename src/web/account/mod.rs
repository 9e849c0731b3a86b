//! A person's own pages: who one is here, and where one is signed in.

pub(super) mod address;
pub(super) mod change;
pub(super) mod devices;
pub(super) mod own;
pub(super) mod pass;
mod recent;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::browser_name::browser_name;
use super::error::{PageError, answer};
use super::extract::Visitor;
use super::headers::{self, Forms};
use super::{App, csrf, routes};
use crate::access::{Known, Outcome, Proof};
use crate::audit::RevocationReason;
use crate::mail::Delivery;
use crate::model::{BrowserSession, SessionId};
use crate::policy::{AccessRequest, Target};
use crate::render::{AccountPage, SessionRow};
use crate::signin::Continuation;

/// Names a session of one's own.
#[derive(Debug, Deserialize)]
pub(super) struct RevokeForm {
    csrf: String,
    session: Option<String>,
}

/// Shows the page, or begins the sign-in that leads here.
pub(super) async fn show(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let Some((known, session)) = allowed(&outcome) else {
            return begin(&app, &mut visitor).await;
        };
        page(&app, &visitor, known, session).await
    };
    let result = result.await;
    answer(&app, &visitor, result)
}

/// Ends one session of one's own.
pub(super) async fn revoke(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<RevokeForm>,
) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let (known, session) = allowed(&outcome).ok_or(PageError::Gone)?;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let named = form
            .session
            .as_deref()
            .and_then(|id| SessionId::parse(id).ok());
        let id = named.ok_or(PageError::NotFound)?;
        let op = visitor.op.as_user(&known.user.id);
        app.sessions
            .revoke(&op, &known.user.id, &id, RevocationReason::Person)
            .await?;
        Ok(headers::see_other(&app, &visitor, routes::ACCOUNT).finish())
    };
    answer(&app, &visitor, result.await)
}

/// Ends every session of one's own but this one.
pub(super) async fn revoke_others(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<RevokeForm>,
) -> HttpResponse {
    let result = async {
        let outcome = decide(&app, &visitor).await?;
        let (known, session) = allowed(&outcome).ok_or(PageError::Gone)?;
        csrf::check_session(&app, session, &request, &form.csrf)?;
        let op = visitor.op.as_user(&known.user.id);
        app.sessions
            .revoke_others(&op, &known.user.id, &session.id)
            .await?;
        Ok(headers::see_other(&app, &visitor, routes::ACCOUNT).finish())
    };
    answer(&app, &visitor, result.await)
}

/// The sign-in that leads to one's own pages.
async fn begin(app: &App, visitor: &mut Visitor) -> Result<HttpResponse, PageError> {
    let binding = visitor.bind();
    let id = app
        .sign_ins
        .begin(&visitor.op, Some(&binding), Continuation::Account)
        .await?;
    Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish())
}

async fn decide(app: &App, visitor: &Visitor) -> Result<Outcome, PageError> {
    let proof = Proof::session(visitor.browser.session.clone());
    let request = AccessRequest::plain(Target::Account);
    Ok(app.access.decide(&visitor.op, proof, request).await?)
}

fn allowed(outcome: &Outcome) -> Option<(&Known, &BrowserSession)> {
    if !outcome.is_allowed() {
        return None;
    }
    outcome.known.as_ref().zip(outcome.session.as_ref())
}

async fn page(
    app: &App,
    visitor: &Visitor,
    known: &Known,
    session: &BrowserSession,
) -> Result<HttpResponse, PageError> {
    let sessions = app.sessions.list(&visitor.op, &known.user.id).await?;
    let devices = app.credentials.devices(&known.user.id).await?;
    let person = app.directory.person(&visitor.op, &known.user.id).await?;
    let has_passkeys = app.credentials.has_passkeys();
    let page = AccountPage {
        display_name: known.user.display_name.clone(),
        user_name: known.user.user_name.to_string(),
        email: known.user.email.to_string(),
        has_password: known.enrolled.password,
        devices: devices.iter().map(devices::row).collect(),
        recovery_codes: person.enrolled.recovery_codes_left,
        add_passkey: has_passkeys.then(|| routes::OWN_NEW_PASSKEY.to_owned()),
        add_security_key: (has_passkeys && known.enrolled.password)
            .then(|| routes::OWN_NEW_SECURITY_KEY.to_owned()),
        add_totp: routes::OWN_NEW_TOTP.to_owned(),
        change_email: (app.outbox.delivery() != Delivery::Off)
            .then(|| routes::OWN_ADDRESS.to_owned()),
        // A policy that cannot be read hides the link and not the page.
        colleague_pass: app
            .credentials
            .makes_passes(&known.user)
            .await
            .is_ok_and(|named| named)
            .then(|| routes::COLLEAGUE_PASS.to_owned()),
        activity: routes::OWN_ACTIVITY.to_owned(),
        grants: routes::OWN_GRANTS.to_owned(),
        export: routes::OWN_EXPORT.to_owned(),
        look: routes::OWN_LOOK.to_owned(),
        change_password: routes::OWN_PASSWORD.to_owned(),
        new_recovery_codes: known
            .enrolled
            .second_factor()
            .then(|| routes::OWN_RECOVERY_CODES.to_owned()),
        csrf: app.sessions.csrf_token(session),
        portal: routes::PORTAL.to_owned(),
        sign_out: routes::SIGN_OUT.to_owned(),
        revoke_action: routes::REVOKE_SESSION.to_owned(),
        revoke_others_action: routes::REVOKE_OTHERS.to_owned(),
        sessions: sessions
            .iter()
            .map(|listed| SessionRow {
                id: listed.id.to_string(),
                browser: browser_name(&listed.user_agent),
                created: listed.created_at.to_minute(),
                last_seen: listed.last_seen_at.to_minute(),
                is_current: listed.id == session.id,
            })
            .collect(),
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

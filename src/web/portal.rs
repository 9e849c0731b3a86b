//! The portal: applications as tiles, accounts that unfold to permission sets.

use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::error::{PageError, answer, known};
use super::extract::Visitor;
use super::headers::{self, Forms};
use super::{App, routes};
use crate::access::{Portal, PortalRole, Proof};
use crate::apps::AddressedPortal;
use crate::model::{Duty, Registration};
use crate::policy::{AccessRequest, Decision, Target};
use crate::render::{AccountRow, AppTile, PortalPage, RoleRow};
use crate::signin::Continuation;

/// Shows it, or begins the sign-in that leads here.
pub(super) async fn show(app: Data<App>, mut visitor: Visitor) -> HttpResponse {
    let result = run(&app, &mut visitor).await;
    answer(&app, &visitor, result)
}

/// Where no other page is: the portal, if this is its own address; the way there, if it was; otherwise nothing.
pub(super) async fn elsewhere(
    app: Data<App>,
    mut visitor: Visitor,
    request: HttpRequest,
) -> HttpResponse {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let found = match request.path().strip_prefix('/').filter(|_| looks) {
        Some(path) => app.apps.portal_at(path).await,
        None => Ok(None),
    };
    let result = match found {
        Ok(Some(AddressedPortal::Here)) => run(&app, &mut visitor).await,
        Ok(Some(AddressedPortal::Moved(to))) => {
            let to = format!("/{}", to.as_str());
            Ok(headers::see_other(&app, &visitor, &to).finish())
        }
        Ok(None) => Err(PageError::NotFound),
        Err(error) => Err(error.into()),
    };
    answer(&app, &visitor, result)
}

async fn run(app: &App, visitor: &mut Visitor) -> Result<HttpResponse, PageError> {
    let proof = Proof::session(visitor.browser.session.clone());
    let request = AccessRequest::plain(Target::Portal);
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    let Decision::Allow(grant) = outcome.decision else {
        let binding = visitor.bind();
        let id = app
            .sign_ins
            .begin(&visitor.op, Some(&binding), Continuation::Portal)
            .await?;
        return Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish());
    };
    if let Some(session) = &outcome.session {
        app.sessions.touch(&visitor.op, session).await?;
    }
    let portal = app.access.portal(grant).await?;
    let user = &known(outcome.known.as_ref())?.user;
    let page = PortalPage {
        display_name: user.display_name.clone(),
        apps: tiles(&portal),
        accounts: accounts(&portal.roles),
        account: routes::ACCOUNT.to_owned(),
        console: user
            .admin_role
            .may(Duty::Reading)
            .then(|| routes::ADMIN.to_owned()),
        sign_out: routes::SIGN_OUT.to_owned(),
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

/// An application at which signing in starts on its own side has no tile: it would lead to an error.
fn tiles(portal: &Portal) -> Vec<AppTile> {
    portal
        .applications
        .iter()
        .filter_map(|application| {
            let href = match &application.registration {
                Registration::Saml(saml) if saml.allow_idp_initiated => {
                    routes::saml_start(application.id.as_str())
                }
                Registration::Client(client) => client.initiate_login_uri.clone()?,
                Registration::Saml(_) => return None,
            };
            Some(AppTile {
                name: application.name.clone(),
                href,
            })
        })
        .collect()
}

/// The roles come by account: each account once, in that order.
fn accounts(roles: &[PortalRole]) -> Vec<AccountRow> {
    let mut accounts: Vec<AccountRow> = Vec::new();
    for role in roles {
        let id = role.account.id.as_str();
        let row = RoleRow {
            name: role.permission_set.name.clone(),
            description: role.permission_set.description.clone(),
            href: routes::console(id, &role.permission_set.name),
            command_line: routes::command_line(id, &role.permission_set.name),
        };
        match accounts.last_mut().filter(|account| account.id == id) {
            Some(account) => account.roles.push(row),
            None => accounts.push(AccountRow {
                id: id.to_owned(),
                name: role.account.name.clone(),
                email: role.account.email.clone(),
                roles: vec![row],
            }),
        }
    }
    accounts
}

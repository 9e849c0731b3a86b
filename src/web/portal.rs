//! The portal: applications as tiles, accounts that unfold to permission sets. Somebody with many roles gets the accounts
//! folded, and finds a role by search: here, or by the script in a list that it fetches once.

use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Form, Query};
use actix_web::{HttpRequest, HttpResponse};

use serde::Deserialize;

use super::error::{PageError, answer};
use super::extract::Visitor;
use super::headers::{self, Forms};
use super::{App, csrf, routes};
use crate::access::{Known, Portal, PortalRole, Proof};
use crate::apps::AddressedPortal;
use crate::model::{BrowserSession, Duty, Registration};
use crate::policy::{AccessRequest, Decision, Target};
use crate::render::{AccountRow, AppTile, PortalPage, RoleRow};
use crate::signin::Continuation;

/// More roles than this are not shown all at once.
const SHOWN: usize = 100;
/// Of those that a search finds.
const FOUND: usize = 50;
const RECENT: usize = 5;

/// What is looked for, and which account is unfolded.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    account: String,
}

/// A mark.
#[derive(Debug, Deserialize)]
pub(super) struct MarkForm {
    csrf: String,
    account: String,
    set: String,
    on: String,
}

/// Shows it, or begins the sign-in that leads here.
pub(super) async fn show(
    app: Data<App>,
    mut visitor: Visitor,
    search: Option<Query<Search>>,
) -> HttpResponse {
    let search = search.map(Query::into_inner).unwrap_or_default();
    let result = run(&app, &mut visitor, &search).await;
    answer(&app, &visitor, result)
}

/// Every role, as short as can be: names of permission sets, and accounts with the places of theirs in that list.
pub(super) async fn roles(app: Data<App>, visitor: Visitor) -> HttpResponse {
    let result = async {
        let opened = open(&app, &visitor).await?;
        let (portal, ..) = opened.map_err(|_| PageError::NotFound)?;
        let mut sets: Vec<&str> = Vec::new();
        let mut accounts: Vec<(&str, &str, Vec<usize>)> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for role in &portal.roles {
            let name = role.permission_set.name.as_str();
            let place = *places.entry(name).or_insert_with(|| {
                sets.push(name);
                sets.len().saturating_sub(1)
            });
            match accounts
                .last_mut()
                .filter(|(id, ..)| *id == role.account.id.as_str())
            {
                Some((_, _, roles)) => roles.push(place),
                None => accounts.push((
                    role.account.id.as_str(),
                    role.account.name.as_str(),
                    vec![place],
                )),
            }
        }
        let body = serde_json::json!({ "sets": sets, "accounts": accounts }).to_string();
        Ok(headers::private_json(&app, body))
    };
    answer(&app, &visitor, result.await)
}

/// Marks a role, or takes the mark away.
pub(super) async fn mark(
    app: Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<MarkForm>,
) -> HttpResponse {
    let result = async {
        let opened = open(&app, &visitor).await?;
        let (portal, known, session) = opened.map_err(|_| PageError::Gone)?;
        csrf::check_session(&app, &session, &request, &form.csrf)?;
        let is_meant = |role: &&PortalRole| {
            role.account.id.as_str() == form.account && role.permission_set.id.as_str() == form.set
        };
        let role = portal.roles.iter().find(is_meant);
        let role = role.ok_or(PageError::NotFound)?;
        let pair = (&role.account.id, &role.permission_set.id);
        app.apps
            .mark_role(&known.user.id, pair, form.on == "yes")
            .await?;
        Ok(headers::see_other(&app, &visitor, routes::PORTAL).finish())
    };
    answer(&app, &visitor, result.await)
}

/// What somebody who is signed in well enough can reach; none: they are not.
async fn open(
    app: &App,
    visitor: &Visitor,
) -> Result<Result<(Portal, Known, BrowserSession), ()>, PageError> {
    let proof = Proof::session(visitor.browser.session.clone());
    let request = AccessRequest::plain(Target::Portal);
    let outcome = app.access.decide(&visitor.op, proof, request).await?;
    let (Decision::Allow(grant), Some(known), Some(session)) =
        (outcome.decision, outcome.known, outcome.session)
    else {
        return Ok(Err(()));
    };
    Ok(Ok((app.access.portal(grant).await?, known, session)))
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
        Ok(Some(AddressedPortal::Here)) => {
            let search = Query::<Search>::from_query(request.query_string());
            let search = search.map(Query::into_inner).unwrap_or_default();
            run(&app, &mut visitor, &search).await
        }
        Ok(Some(AddressedPortal::Moved(to))) => {
            let to = format!("/{}", to.as_str());
            Ok(headers::see_other(&app, &visitor, &to).finish())
        }
        Ok(None) => Err(PageError::NotFound),
        Err(error) => Err(error.into()),
    };
    answer(&app, &visitor, result)
}

async fn run(app: &App, visitor: &mut Visitor, search: &Search) -> Result<HttpResponse, PageError> {
    let Ok((portal, known, session)) = open(app, visitor).await? else {
        let binding = visitor.bind();
        let id = app
            .sign_ins
            .begin(&visitor.op, Some(&binding), Continuation::Portal)
            .await?;
        return Ok(headers::see_other(app, visitor, &routes::sign_in(&id)).finish());
    };
    app.sessions.touch(&visitor.op, &session).await?;
    let query: String = search.q.trim().chars().take(100).collect();
    let is_long = portal.roles.len() > SHOWN;
    let page = PortalPage {
        display_name: known.user.display_name.clone(),
        search: routes::PORTAL.to_owned(),
        all_roles: is_long.then(|| routes::OWN_ROLES.to_owned()),
        favourites: portal
            .roles
            .iter()
            .filter(|r| r.is_favourite)
            .map(row)
            .collect(),
        recent: recent(&portal.roles),
        found: (!query.is_empty()).then(|| found(&portal.roles, &query)),
        apps: tiles(&portal),
        accounts: accounts(&portal.roles, is_long, &search.account),
        query,
        mark: routes::MARK_ROLE.to_owned(),
        csrf: app.sessions.csrf_token(&session),
        account: routes::ACCOUNT.to_owned(),
        console: known
            .user
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

fn recent(roles: &[PortalRole]) -> Vec<RoleRow> {
    let used = roles.iter().filter(|role| role.last_used_at.is_some());
    let mut used: Vec<&PortalRole> = used.filter(|role| !role.is_favourite).collect();
    used.sort_by_key(|role| std::cmp::Reverse(role.last_used_at));
    used.into_iter().take(RECENT).map(row).collect()
}

/// Each word must stand in the account's name or number or in the permission set's name.
fn found(roles: &[PortalRole], query: &str) -> Vec<RoleRow> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let fits = |role: &&PortalRole| {
        let (account, set) = (&role.account, &role.permission_set);
        let text = format!("{} {} {}", account.name, account.id, set.name).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    roles.iter().filter(fits).take(FOUND).map(row).collect()
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

fn row(role: &PortalRole) -> RoleRow {
    let (id, set) = (role.account.id.as_str(), &role.permission_set);
    RoleRow {
        name: set.name.clone(),
        description: set.description.clone(),
        account: role.account.name.clone(),
        account_id: id.to_owned(),
        set_id: set.id.to_string(),
        is_favourite: role.is_favourite,
        href: routes::console(id, &set.name),
        command_line: routes::command_line(id, &set.name),
    }
}

/// The roles come by account: each account once, in that order. Where there are many, only the chosen one shows its roles.
fn accounts(roles: &[PortalRole], is_long: bool, chosen: &str) -> Vec<AccountRow> {
    let mut accounts: Vec<AccountRow> = Vec::new();
    for role in roles {
        let id = role.account.id.as_str();
        let is_folded = is_long && id != chosen;
        if accounts.last().is_none_or(|account| account.id != id) {
            accounts.push(AccountRow {
                id: id.to_owned(),
                name: role.account.name.clone(),
                email: role.account.email.clone(),
                colour: role.account.colour.as_str(),
                unfold: is_folded.then(|| routes::unfolded(id)),
                is_open: id == chosen,
                roles: Vec::new(),
            });
        }
        if let Some(account) = accounts.last_mut().filter(|_| !is_folded) {
            account.roles.push(row(role));
        }
    }
    if let [only] = accounts.as_mut_slice() {
        only.is_open = true;
    }
    accounts
}

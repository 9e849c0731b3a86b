//! The server as browsers, service providers and attackers meet it: over HTTP.

mod account;
mod address_change;
mod api;
mod aws;
mod colleague;
mod console;
mod console_audit;
mod console_aws;
mod console_large;
mod console_policies;
mod credentials;
mod details;
mod doubtful_keys;
mod edge;
mod joining;
mod leaving;
mod nodes;
mod oauth_flow;
mod oauth_logout;
mod oauth_refused;
mod own_pages;
mod passkeys;
mod portal;
mod protected_reach;
mod protection;
mod refused;
mod routes;
mod saml_endpoints;
mod saml_names;
mod saml_requests;
mod saml_sso;
mod sessions;
pub(crate) mod signin;
mod swapped;
mod taken_away;
mod withdrawn;

use crate::app::{Answer, Browser, Person, TestApp};

/// Somebody who signs in on the way to a page and comes to it, which the mark shows.
fn arrived(app: &TestApp<'_>, person: &Person, (path, mark): (&str, &str)) -> Browser {
    let mut browser = app.browser();
    let page = browser.open(path);
    browser.complete(app, &page, person).assert(200, mark);
    browser
}

/// Sends a form in their session.
fn post(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get("/account/look");
    let csrf = page.field("csrf").expect("somebody is signed in");
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend_from_slice(fields);
    browser.post(path, &all)
}

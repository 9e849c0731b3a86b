//! Against forged forms: a token in every form, and no form from another site. Two rules, each enough by itself.

use actix_web::HttpRequest;
use actix_web::http::header::ORIGIN;

use super::error::PageError;
use super::extract::Visitor;
use super::{App, Site};
use crate::model::BrowserSession;

const LABEL: &str = "csrf of a sign-in in progress";

/// The token of forms before there is a session: bound to the browser's binding.
pub(super) fn token(app: &App, visitor: &Visitor) -> String {
    match &visitor.browser.binding {
        Some(binding) => hex::encode(app.keys.mac(LABEL, binding.as_str().as_bytes())),
        None => String::new(),
    }
}

/// Refuses a form that did not come from a page of ours in this browser.
pub(super) fn check(
    app: &App,
    visitor: &Visitor,
    request: &HttpRequest,
    token: &str,
) -> Result<(), PageError> {
    is_same_origin(&app.site, request)?;
    let binding = visitor.browser.binding.as_ref().ok_or(PageError::Forged)?;
    let tag = hex::decode(token).map_err(|_| PageError::Forged)?;
    if app
        .keys
        .verifies_mac(LABEL, binding.as_str().as_bytes(), &tag)
    {
        Ok(())
    } else {
        Err(PageError::Forged)
    }
}

/// The same for forms of a signed-in person: the token belongs to the session.
pub(super) fn check_session(
    app: &App,
    session: &BrowserSession,
    request: &HttpRequest,
    token: &str,
) -> Result<(), PageError> {
    is_same_origin(&app.site, request)?;
    if app.sessions.verify_csrf(session, token) {
        Ok(())
    } else {
        Err(PageError::Forged)
    }
}

/// `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454), where the browser sends them.
fn is_same_origin(site: &Site, request: &HttpRequest) -> Result<(), PageError> {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str());
    if let Some(from) = header("sec-fetch-site")
        && !matches!(from, Ok("same-origin" | "none"))
    {
        return Err(PageError::Forged);
    }
    if let Some(origin) = header(ORIGIN.as_str())
        && origin.ok() != Some(site.origin().as_str())
    {
        return Err(PageError::Forged);
    }
    Ok(())
}

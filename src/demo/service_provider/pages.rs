//! The service provider's pages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use url::Url;

use super::REFUSED;
use super::checks::Refusal;
use super::request::{AUTHN_CONTEXTS, NAME_ID_FORMATS, post_value};
use crate::demo::identity_provider::IdentityProvider;
use crate::demo::page::{Content, Site};
use crate::demo::response::{Assertion, Status};

pub(super) const SITE: Site = Site {
    name: "Demo service provider",
    notice: "This is a demo: an application that exists to show what the identity provider tells it.",
};

const START_AGAIN: &str = "<p><a id=\"start-again\" href=\"/\">Back to the start</a></p>";

/// The start page: a button for each way to ask.
pub(super) fn start(identity_provider: &IdentityProvider) -> HttpResponse {
    let mut content = Content::new()
        .markup("<p>Identity provider: <code id=\"identity-provider\">")
        .text(&identity_provider.entity_id)
        .markup("</code></p><form method=\"get\" action=\"/sign-in\"><fieldset><legend>What to ask for</legend><label for=\"format\">Name of the person</label><select id=\"format\" name=\"format\"><option value=\"\">As registered</option>");
    for (value, label, _) in NAME_ID_FORMATS {
        content = option(content, value, label);
    }
    content = content.markup("</select><label for=\"context\">How the person must sign in</label><select id=\"context\" name=\"context\"><option value=\"\">As the identity provider decides</option>");
    for (value, label, _) in AUTHN_CONTEXTS {
        content = option(content, value, label);
    }
    content = content.markup("</select></fieldset><p><button id=\"sign-in-redirect\" name=\"how\" value=\"redirect\">Sign in (HTTP-Redirect)</button> <button id=\"sign-in-post\" name=\"how\" value=\"post\">Sign in (HTTP-POST)</button> <button id=\"sign-in-passive\" name=\"how\" value=\"passive\">Sign in only if no question is asked (IsPassive)</button> <button id=\"sign-in-force\" name=\"how\" value=\"force\">Sign in anew (ForceAuthn)</button></p></form><p><a href=\"/metadata\">Metadata of this service provider</a></p>");
    // The form leads to the identity provider by a redirect, which form-action governs too.
    let target = identity_provider.redirect_url().ok();
    SITE.page_posting_to(StatusCode::OK, "Sign in", content, target)
}

fn option(content: Content, value: &'static str, label: &'static str) -> Content {
    content
        .markup("<option value=\"")
        .markup(value)
        .markup("\">")
        .markup(label)
        .markup("</option>")
}

/// The page that carries a request by HTTP-POST: it sends itself, and has a button for when it does not.
pub(super) fn post_request(endpoint: &Url, xml: &str, relay_state: &str) -> HttpResponse {
    let content = Content::new()
        .markup("<p>Your browser takes the request to the identity provider.</p><form id=\"saml-request\" method=\"post\" action=\"")
        .text(endpoint.as_str())
        .markup("\"><input type=\"hidden\" name=\"SAMLRequest\" value=\"")
        .text(&post_value(xml))
        .markup("\"><input type=\"hidden\" name=\"RelayState\" value=\"")
        .text(relay_state)
        .markup("\"><button id=\"send-request\">Continue</button></form><script src=\"/submit.js\"></script>");
    SITE.page_posting_to(StatusCode::OK, "One moment", content, Some(endpoint))
}

/// Who signed in, and all that was said of them.
pub(super) fn signed_in(assertion: &Assertion, relay_state: Option<&str>) -> HttpResponse {
    let name_id = assertion.name_id.as_ref();
    let statement = assertion.authn_statement.as_ref();
    let mut content = Content::new()
        .markup("<dl>")
        .row(
            "Name",
            "name-id",
            name_id.map_or("", |name_id| &name_id.value),
        )
        .row(
            "Format of the name",
            "name-id-format",
            name_id
                .and_then(|name_id| name_id.format.as_deref())
                .unwrap_or_default(),
        )
        .row(
            "RelayState",
            "relay-state",
            relay_state.unwrap_or_default(),
        )
        .row(
            "Session",
            "session-index",
            statement
                .and_then(|statement| statement.session_index.as_deref())
                .unwrap_or_default(),
        )
        .row(
            "How the person signed in",
            "authn-context",
            statement.map_or("", |statement| &statement.authn_context_class_ref),
        )
        .row(
            "When the person signed in",
            "authn-instant",
            &statement.map_or_else(String::new, |s| s.authn_instant.to_xs_date_time()),
        )
        .row("Issued by", "issuer", &assertion.issuer)
        .markup("</dl><h2 id=\"attributes-heading\">Attributes</h2><table id=\"attributes\" aria-labelledby=\"attributes-heading\"><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Values</th></tr></thead><tbody>");
    for attribute in &assertion.attributes {
        content = content
            .markup("<tr><th scope=\"row\">")
            .text(&attribute.name)
            .markup("</th><td><ul>");
        for value in &attribute.values {
            content = content.markup("<li>").text(value).markup("</li>");
        }
        content = content.markup("</ul></td></tr>");
    }
    content = content
        .markup("</tbody></table><p><a id=\"sign-out\" href=\"/signout\">Sign out here</a></p>")
        .markup(START_AGAIN);
    SITE.page(StatusCode::OK, "Signed in", content)
}

/// The identity provider's answer was no.
pub(super) fn status(status: &Status, relay_state: Option<&str>) -> HttpResponse {
    let content = Content::new()
        .markup("<p>The identity provider answered that nobody is signed in here.</p><dl>")
        .row("Status", "status-code", &status.code)
        .row(
            "Reason",
            "status-sub",
            status.sub_code.as_deref().unwrap_or_default(),
        )
        .row(
            "Message",
            "status-message",
            status.message.as_deref().unwrap_or_default(),
        )
        .row("RelayState", "relay-state", relay_state.unwrap_or_default())
        .markup("</dl>")
        .markup(START_AGAIN);
    SITE.page(StatusCode::OK, "Not signed in", content)
}

/// The response broke a rule.
pub(super) fn refused(refusal: &Refusal) -> HttpResponse {
    let content = Content::new()
        .markup("<p>The response was refused, and nobody is signed in.</p><p id=\"refused\">")
        .text(&refusal.to_string())
        .markup("</p>")
        .markup(START_AGAIN);
    SITE.page(REFUSED, "Refused", content)
}

/// The start page's form has no such choice.
pub(super) fn unknown_option() -> HttpResponse {
    let content = Content::new()
        .markup("<p>The start page has no such choice.</p>")
        .markup(START_AGAIN);
    SITE.page(StatusCode::BAD_REQUEST, "Unknown choice", content)
}

/// Something that the page needs is not there.
pub(super) fn unavailable(reason: &str) -> HttpResponse {
    let content = Content::new()
        .markup("<p id=\"unavailable\">")
        .text(reason)
        .markup("</p>")
        .markup(START_AGAIN);
    SITE.page(StatusCode::SERVICE_UNAVAILABLE, "Not available", content)
}

/// Nothing is kept here, so there is nothing to end.
pub(super) fn signed_out() -> HttpResponse {
    let content = Content::new()
        .markup("<p id=\"signed-out\">You are signed out of this application. It keeps no session; the one at the identity provider goes on until you sign out there.</p>")
        .markup(START_AGAIN);
    SITE.page(StatusCode::OK, "Signed out", content)
}

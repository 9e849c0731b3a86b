//! The client's pages.

use actix_web::HttpResponse;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use serde_json::Value;

use super::OauthClientSettings;
use super::id_token::{Claims, seconds};
use super::memory::Session;
use super::refusal::Refusal;
use crate::demo::page::{Content, Site};
use crate::model::Timestamp;

pub(super) const SITE: Site = Site {
    name: "Demo OAuth client",
    notice: "This is a demo: an application that exists to show what signing in with OpenID Connect tells it.",
};

const SIGN_IN: &str = "<form method=\"get\" action=\"/start\"><p><button id=\"sign-in\">Sign in with Signet</button></p></form>";
const START_AGAIN: &str = "<p><a id=\"start-again\" href=\"/\">Back to the start</a></p>";
/// Claims that are points in time.
const TIMES: [&str; 6] = [
    "exp",
    "iat",
    "nbf",
    "auth_time",
    "updated_at",
    "session_expiry",
];

/// The start page.
pub(super) fn home(settings: &OauthClientSettings) -> HttpResponse {
    let content = Content::new()
        .markup("<p>This application keeps no passwords. It asks the provider who you are, and shows you what it is told.</p><p>Provider: <code id=\"issuer\">")
        .text(settings.issuer())
        .markup("</code></p>")
        .markup(SIGN_IN);
    // The form leads to the provider by a redirect, which form-action governs too.
    SITE.page_posting_to(StatusCode::OK, "Sign in", content, Some(&settings.issuer))
}

/// Who is signed in, and all that is known of them. The tokens themselves are not shown.
pub(super) fn session(session: &Session, settings: &OauthClientSettings) -> HttpResponse {
    let token = &session.token;
    let refresh = match session.refresh_token {
        Some(_) => "given, and hidden",
        None => "not given",
    };
    let until = session.tokens.access_token_until;
    let until = until.map_or_else(|| "not said".to_owned(), Timestamp::to_xs_date_time);
    let content = Content::new()
        .markup("<p>The tokens stay with this application and are not shown.</p><dl>")
        .row("Person", "subject", &token.sub)
        .row("Provider", "issuer", &token.iss)
        .row(
            "Session at the provider",
            "sid",
            token.sid.as_deref().unwrap_or_default(),
        )
        .row("Scopes", "scopes", &session.tokens.scopes)
        .row("Access token valid until", "access-token-until", &until)
        .row(
            "ID token valid until",
            "id-token-until",
            &seconds(token.exp).to_xs_date_time(),
        )
        .row("Refresh token", "refresh-token", refresh)
        .row("Refreshed", "refreshes", &session.refreshes.to_string())
        .row(
            "UserInfo asked at",
            "user-info-at",
            &session.user_info_at.to_rfc3339(),
        )
        .markup("</dl><form method=\"post\"><p><button id=\"refresh\" formaction=\"/refresh\">Refresh now</button> <button id=\"user-info\" formaction=\"/userinfo\">Ask UserInfo again</button> <button id=\"sign-out\" formaction=\"/sign-out\">Sign out</button></p></form><h2 id=\"id-claims-heading\">Claims of the ID token</h2><table id=\"id-claims\" aria-labelledby=\"id-claims-heading\">");
    let content = claims(content, &session.id_claims)
        .markup("<h2 id=\"user-claims-heading\">Claims of UserInfo</h2><table id=\"user-claims\" aria-labelledby=\"user-claims-heading\">");
    let content = claims(content, &session.user_info);
    SITE.page_posting_to(StatusCode::OK, "Signed in", content, Some(&settings.issuer))
}

/// The rest of a table that has been opened.
fn claims(content: Content, claims: &Claims) -> Content {
    let mut content = content.markup(
        "<thead><tr><th scope=\"col\">Claim</th><th scope=\"col\">Value</th></tr></thead><tbody>",
    );
    for (name, value) in claims {
        content = content
            .markup("<tr><th scope=\"row\">")
            .text(name)
            .markup("</th><td>")
            .text(&shown(name, value))
            .markup("</td></tr>");
    }
    content.markup("</tbody></table>")
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if TIMES.contains(&name) => match number.as_i64() {
            Some(at) => format!("{number} ({})", seconds(at).to_xs_date_time()),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// Something was refused, here or by the provider.
pub(super) fn refused(refusal: &Refusal) -> HttpResponse {
    let status = match refusal {
        Refusal::Unreachable { .. } => StatusCode::BAD_GATEWAY,
        Refusal::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::FORBIDDEN,
    };
    let content = Content::new()
        .markup("<div id=\"refused\"><p>Error: <code id=\"error-name\">")
        .text(refusal.name())
        .markup("</code></p><p id=\"error-description\">")
        .text(&refusal.to_string())
        .markup("</p><p id=\"error-meaning\">")
        .markup(refusal.meaning())
        .markup("</p></div>")
        .markup(START_AGAIN);
    SITE.page(status, "That did not work", content)
}

/// The provider ended the session.
pub(super) fn ended() -> HttpResponse {
    let content = Content::new()
        .markup("<p id=\"ended\">The provider told this application that your session there has ended, so it has ended here too (back-channel logout).</p>")
        .markup(START_AGAIN);
    SITE.page(StatusCode::OK, "Signed out by the provider", content)
}

/// Back from the provider.
pub(super) fn signed_out(cookie: Cookie<'static>) -> HttpResponse {
    let content = Content::new()
        .markup("<p id=\"signed-out\">You are signed out here and at the provider.</p>")
        .markup(START_AGAIN);
    let mut response = SITE.page(StatusCode::OK, "Signed out", content);
    match response.add_cookie(&cookie) {
        Ok(()) => response,
        Err(error) => refused(&Refusal::Broken(error.to_string())),
    }
}

/// The provider has no endpoint that ends its session.
pub(super) fn signed_out_here() -> HttpResponse {
    let content = Content::new()
        .markup("<p id=\"signed-out\">You are signed out here. The session at the provider goes on until you sign out there.</p>")
        .markup(START_AGAIN);
    SITE.page(StatusCode::OK, "Signed out here", content)
}

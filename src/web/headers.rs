//! What every answer says to the browser besides its content.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use url::Url;

use super::cookies::{self, Name};
use super::extract::Visitor;
use super::{App, Site};

/// Where a page's forms may lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Forms {
    /// To us alone.
    Ours,
    /// To us, and by us to a registered target: its receiver may redirect on to any https address.
    Target(Option<String>),
}

impl Forms {
    /// Forms of a page that leads to this URL in the end.
    pub(super) fn to(url: &str) -> Self {
        let parsed = Url::parse(url).ok();
        Self::Target(
            parsed
                .filter(|url| url.scheme() != "https")
                .map(|url| url.origin().ascii_serialization()),
        )
    }

    fn directive(&self) -> String {
        match self {
            Self::Ours => "'self'".into(),
            Self::Target(None) => "'self' https:".into(),
            Self::Target(Some(origin)) => format!("'self' https: {origin}"),
        }
    }
}

/// A page.
pub(super) fn page(
    app: &App,
    visitor: &Visitor,
    status: StatusCode,
    forms: &Forms,
    html: String,
) -> HttpResponse {
    let nonce = hex::encode(visitor.language.nonce);
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; \
         font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {}",
        forms.directive()
    );
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, policy));
    // An application that signs people in by a window of its own keeps that window: it is on its way back there.
    if *forms == Forms::Ours {
        response.insert_header(("cross-origin-opener-policy", "same-origin"));
    }
    private(&mut response, &app.site);
    bind(&mut response, app, visitor);
    response.body(html)
}

/// The headers of a file about a person.
pub(super) fn about_a_person(response: &mut HttpResponseBuilder, app: &App) {
    private(response, &app.site);
}

/// JSON about a person, for a script of ours.
pub(super) fn private_json(app: &App, body: String) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::OK);
    response.insert_header((CONTENT_TYPE, "application/json"));
    private(&mut response, &app.site);
    response.body(body)
}

/// On to a path of ours (303: by GET).
pub(super) fn see_other(app: &App, visitor: &Visitor, path: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, path));
    private(&mut response, &app.site);
    bind(&mut response, app, visitor);
    response
}

/// Headers of everything that is about a person.
fn private(response: &mut HttpResponseBuilder, site: &Site) {
    response.insert_header((CACHE_CONTROL, "no-store"));
    common(response, site);
}

/// Headers of every answer.
pub(super) fn common(response: &mut HttpResponseBuilder, site: &Site) {
    response
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header((REFERRER_POLICY, "same-origin"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((
            "permissions-policy",
            "camera=(), geolocation=(), microphone=()",
        ));
    if site.is_https() {
        response.insert_header((STRICT_TRANSPORT_SECURITY, "max-age=31536000"));
    }
}

fn bind(response: &mut HttpResponseBuilder, app: &App, visitor: &Visitor) {
    if let Some(secret) = &visitor.new_binding {
        response.cookie(cookies::set(&app.site, Name::Browser, secret, None));
    }
}

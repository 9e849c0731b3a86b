//! Our cookies: three with secrets, and one with how pages look. Over TLS they carry the `__Host-` prefix (RFC 6265bis, 4.1.3.2), so that no neighbour can set them.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::Site;
use crate::render::{Language, Reader, Theme};

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// The session's secret.
    Session,
    /// Binds sign-ins in progress to this browser.
    Browser,
    /// Says that somebody has signed in from this browser before.
    Known,
}

impl Name {
    const fn bare(self) -> &'static str {
        match self {
            Self::Session => "signet_session",
            Self::Browser => "signet_browser",
            Self::Known => "signet_known",
        }
    }

    fn on(self, site: &Site) -> String {
        let prefix = if site.is_https() { "__Host-" } else { "" };
        format!("{prefix}{}", self.bare())
    }
}

/// The cookie's value. A value that is not of the shape that we give is none.
pub(super) fn read(request: &HttpRequest, site: &Site, name: Name) -> Option<String> {
    let cookie = request.cookie(&name.on(site))?;
    let value = cookie.value();
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (value.len() == 43 && value.bytes().all(fits)).then(|| value.to_owned())
}

/// How somebody wants pages to look, by what they chose or by what their browser says.
pub(super) fn look(
    request: &HttpRequest,
    site: &Site,
    accept_language: &str,
    nonce: [u8; 16],
) -> Reader {
    let cookie = request.cookie(&look_name(site));
    let value = cookie.as_ref().map(Cookie::value).unwrap_or_default();
    let (language, theme) = value.split_once('.').unwrap_or_default();
    let language = Language::ALL.into_iter().find(|l| l.tag() == language);
    let theme = Theme::ALL.into_iter().find(|t| t.as_str() == theme);
    Reader {
        language: language.unwrap_or_else(|| Language::negotiate(accept_language)),
        theme: theme.unwrap_or_default(),
        nonce,
    }
}

/// The language and the theme that somebody chose, for a year; no language: the browser's.
pub(super) fn set_look(site: &Site, language: Option<Language>, theme: Theme) -> Cookie<'static> {
    let language = language.map_or("auto", Language::tag);
    let value = format!("{language}.{}", theme.as_str());
    let mut cookie = Cookie::build(look_name(site), value)
        .path("/")
        .http_only(true)
        .secure(site.is_https())
        .same_site(SameSite::Lax)
        .finish();
    cookie.set_max_age(Duration::days(365));
    cookie
}

/// Which language somebody chose; none: the browser's.
pub(super) fn chosen_language(request: &HttpRequest, site: &Site) -> Option<Language> {
    let cookie = request.cookie(&look_name(site))?;
    let (tag, _) = cookie.value().split_once('.')?;
    Language::ALL.into_iter().find(|l| l.tag() == tag)
}

fn look_name(site: &Site) -> String {
    let prefix = if site.is_https() { "__Host-" } else { "" };
    format!("{prefix}signet_look")
}

/// A cookie that ends with the browser's own session, or after so many days.
pub(super) fn set(site: &Site, name: Name, value: &str, days: Option<i64>) -> Cookie<'static> {
    let mut cookie = Cookie::build(name.on(site), value.to_owned())
        .path("/")
        .http_only(true)
        .secure(site.is_https())
        .same_site(SameSite::Lax)
        .finish();
    if let Some(days) = days {
        cookie.set_max_age(Duration::days(days));
    }
    cookie
}

/// Takes a cookie away.
pub(super) fn clear(site: &Site, name: Name) -> Cookie<'static> {
    let mut cookie = set(site, name, "", None);
    cookie.make_removal();
    cookie
}

//! Our three cookies. Over TLS they carry the `__Host-` prefix (RFC 6265bis, 4.1.3.2), so that no neighbour can set them.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::Site;

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

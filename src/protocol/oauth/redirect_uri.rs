//! Redirect URIs: what may be registered, and which request is for a registered one.
//!
//! The comparison is of octets (RFC 9700, section 4.1.3). Nothing is parsed or normalised on that path, because every
//! difference between our parser and the browser's was a way out: user info, backslashes, `..;/`, escapes, wildcards.

use url::{Host, Url};

use super::parameters::MAX_URI;
use crate::model::ApplicationType;

/// Why a redirect URI is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// The request has none. OpenID Connect requires it, and to guess one is to redirect where nobody asked to.
    #[error("the parameter redirect_uri is missing; send the registered one")]
    Missing,
    /// None of the registered ones.
    #[error(
        "redirect_uri is not one that is registered for this client; register it exactly as it is sent, every character of it"
    )]
    NotRegistered,
    /// Too long, or characters that a URI does not have.
    #[error(
        "a redirect URI has at most {MAX_URI} characters of printable ASCII, without white space, backslash, quotes or angle brackets; percent-encode others"
    )]
    Characters,
    /// A wildcard.
    #[error("a redirect URI has no wildcard: register each one in full")]
    Wildcard,
    /// A fragment (RFC 6749, section 3.1.2).
    #[error("a redirect URI has no fragment; leave out \"#\" and what follows")]
    Fragment,
    /// Not absolute, or spelt so that parsers differ.
    #[error(
        "a redirect URI must be absolute and in its usual spelling: lower-case scheme and host, no default port, no \"..\" segments"
    )]
    Spelling,
    /// A user name.
    #[error("a redirect URI has no user name; leave out what stands before \"@\"")]
    UserInfo,
    /// `http` to another machine.
    #[error("a redirect URI must be https; http is for 127.0.0.1, [::1] and localhost alone")]
    Insecure,
    /// A scheme that a browser runs or that is not the client's own.
    #[error(
        "a redirect URI's scheme must be https, or, for a native client, a reversed domain name such as com.example.app"
    )]
    Scheme,
    /// A parameter that the response adds.
    #[error("a redirect URI's query must not have the parameter {0}, which the response adds")]
    ResponseParameter(&'static str),
}

/// What a response adds to the query; one in the registration would be there twice.
const RESPONSE_PARAMETERS: [&str; 8] = [
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "session_state",
    "response",
];

/// Checks a redirect URI that shall be registered.
///
/// # Errors
/// [`RedirectUriError`] with the rule that was broken.
pub fn check_redirect_uri(
    uri: &str,
    application_type: ApplicationType,
) -> Result<(), RedirectUriError> {
    check_characters(uri)?;
    let url = Url::parse(uri).map_err(|_| RedirectUriError::Spelling)?;
    if !url.username().is_empty() || url.password().is_some() || has_user_info(uri) {
        return Err(RedirectUriError::UserInfo);
    }
    // What a browser makes of the text must be the text, so that no other host hides in its spelling.
    let canonical = url.as_str();
    if canonical != uri && canonical.strip_suffix('/') != Some(uri) {
        return Err(RedirectUriError::Spelling);
    }
    check_scheme(&url, application_type)?;
    let added = |name: &str| RESPONSE_PARAMETERS.into_iter().find(|added| *added == name);
    match url.query_pairs().find_map(|(name, _)| added(&name)) {
        Some(name) => Err(RedirectUriError::ResponseParameter(name)),
        None => Ok(()),
    }
}

fn check_characters(uri: &str) -> Result<(), RedirectUriError> {
    let in_uri = |b: u8| b.is_ascii_graphic() && !b"\\\"<>^`{|}'".contains(&b);
    if uri.len() > MAX_URI || !uri.bytes().all(in_uri) {
        return Err(RedirectUriError::Characters);
    }
    if uri.contains('*') {
        return Err(RedirectUriError::Wildcard);
    }
    if uri.contains('#') {
        return Err(RedirectUriError::Fragment);
    }
    Ok(())
}

/// An `@` before the path, even where the user name is empty and parsers drop it.
fn has_user_info(uri: &str) -> bool {
    let authority = uri
        .split_once("://")
        .map(|(_, rest)| rest.split(['/', '?']).next().unwrap_or_default());
    authority.is_some_and(|authority| authority.contains('@'))
}

fn check_scheme(url: &Url, application_type: ApplicationType) -> Result<(), RedirectUriError> {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        "http" => Err(RedirectUriError::Insecure),
        // A dot keeps out every scheme that browsers act on: javascript, data, file, blob (RFC 8252, section 7.1).
        private if application_type == ApplicationType::Native && private.contains('.') => Ok(()),
        _ => Err(RedirectUriError::Scheme),
    }
}

/// Whether a request's redirect URI is this registered one: the same octets, or, for a native client's loopback
/// redirect, the same but for the port (RFC 8252, section 7.3). `localhost` is exact: it is a name, and may be another's.
pub fn redirect_uri_matches(
    registered: &str,
    requested: &str,
    application_type: ApplicationType,
) -> bool {
    if registered == requested {
        return true;
    }
    let ApplicationType::Native = application_type else {
        return false;
    };
    match (without_port(registered), without_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// A loopback redirect as host and what follows its port. What follows begins a path or a query, or is nothing: neither
/// `127.0.0.1.evil.example` nor `127.0.0.1:80@evil.example` is one.
fn without_port(uri: &str) -> Option<(&'static str, &str)> {
    let (host, rest) = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find_map(|host| uri.strip_prefix(host).map(|rest| (host, rest)))?;
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(after) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            let port = after.strip_suffix(rest)?;
            port.parse::<u16>().ok().filter(|port| *port != 0)?;
            rest
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest))
}

/// The redirect URI to answer to: the requested one, if it is registered.
///
/// # Errors
/// [`RedirectUriError::Missing`] or [`RedirectUriError::NotRegistered`], to be shown, never redirected.
pub fn find_redirect_uri<'r>(
    registered: &[impl AsRef<str>],
    requested: Option<&'r str>,
    application_type: ApplicationType,
) -> Result<&'r str, RedirectUriError> {
    let requested = requested.ok_or(RedirectUriError::Missing)?;
    let is_one = |uri: &str| redirect_uri_matches(uri, requested, application_type);
    if registered.iter().any(|uri| is_one(uri.as_ref())) {
        Ok(requested)
    } else {
        Err(RedirectUriError::NotRegistered)
    }
}

//! A request as its caller means it, and what came back.

use std::fmt;

use url::{Url, form_urlencoded};

use crate::model::Secret;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Send a body.
    Post,
}

/// One request. Headers and body count as secrets: they are wiped, and not printed.
pub struct HttpRequest {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, Secret)>,
    pub(super) body: Option<Secret>,
}

impl HttpRequest {
    /// Reads.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::Get,
            url,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Sends fields as `application/x-www-form-urlencoded`.
    pub fn post_form<K: AsRef<str>, V: AsRef<str>>(url: Url, fields: &[(K, V)]) -> Self {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields.iter().map(|(k, v)| (k.as_ref(), v.as_ref())));
        Self::post(url, "application/x-www-form-urlencoded", body.finish())
    }

    /// Sends a JSON text.
    pub fn post_json(url: Url, text: String) -> Self {
        Self::post(url, "application/json", text)
    }

    fn post(url: Url, content_type: &str, body: String) -> Self {
        let request = Self {
            method: Method::Post,
            url,
            headers: Vec::new(),
            body: Some(Secret::from_text(body)),
        };
        request.header("content-type", content_type)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .push((name, Secret::from_text(value.to_owned())));
        self
    }

    /// With a bearer token (RFC 6750, section 2.1).
    #[must_use]
    pub fn bearer(mut self, token: &Secret) -> Self {
        let mut value = b"Bearer ".to_vec();
        value.extend_from_slice(token.expose());
        self.headers.push(("authorization", Secret::new(value)));
        self
    }

    /// Whom it goes to, `https://host:port`: what errors and logs may say of it.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("origin", &self.origin())
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status: what a status means is the caller's to say. A redirect is an answer like another.
pub struct HttpResponse {
    /// As sent, 100 to 999.
    pub status: u16,
    /// The header as sent, where it is readable.
    pub content_type: Option<String>,
    /// All of it, within the limit. Empty with a redirect.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("octets", &self.body.len())
            .finish_non_exhaustive()
    }
}

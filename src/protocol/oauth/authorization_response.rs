//! What goes back to a client's redirect URI.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::error::{ErrorCode, description};

/// How a response reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In a form that the browser posts (OAuth 2.0 form post response mode).
    FormPost,
}

impl ResponseMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// The mode of a name; `fragment` is none of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// How it went. No `Debug`: a code is a secret.
#[derive(Clone, Copy)]
pub enum AuthorizationOutcome<'a> {
    /// A code was issued.
    Code(&'a str),
    /// It was refused.
    Error {
        /// The code of the error.
        code: ErrorCode,
        /// For the client's engineer; empty for none.
        description: &'a str,
    },
}

/// A response, success or not (RFC 6749, sections 4.1.2 and 4.1.2.1).
#[derive(Clone, Copy)]
pub struct AuthorizationResponse<'a> {
    /// How it went.
    pub outcome: AuthorizationOutcome<'a>,
    /// The client's own, unchanged.
    pub state: Option<&'a str>,
    /// Our issuer, in every response (RFC 9207: so that a client of several providers cannot be mixed up).
    pub issuer: &'a str,
}

impl AuthorizationResponse<'_> {
    /// The fields, for the form of [`ResponseMode::FormPost`]; the page escapes them.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = match self.outcome {
            AuthorizationOutcome::Code(code) => vec![("code", code.to_owned())],
            AuthorizationOutcome::Error {
                code,
                description: text,
            } => {
                let mut fields = vec![("error", code.as_str().to_owned())];
                if !text.is_empty() {
                    fields.push(("error_description", description(text)));
                }
                fields
            }
        };
        if let Some(state) = self.state {
            fields.push(("state", state.to_owned()));
        }
        fields.push(("iss", self.issuer.to_owned()));
        fields
    }

    /// The URL to redirect to for [`ResponseMode::Query`]. The redirect URI's own octets stay as they were compared.
    pub fn redirect_url(&self, redirect_uri: &str) -> String {
        add_to_query(redirect_uri, &self.fields())
    }
}

/// Adds parameters to the query of a URI and changes no octet of it (RFC 6749, section 3.1.2: its query is retained).
pub(super) fn add_to_query(uri: &str, fields: &[(&'static str, String)]) -> String {
    if fields.is_empty() {
        return uri.to_owned();
    }
    // Registered ones have no fragment; were there one, the parameters must not end up in it.
    let (base, fragment) = match uri.split_once('#') {
        Some((base, fragment)) => (base, Some(fragment)),
        None => (uri, None),
    };
    let mut url = base.to_owned();
    if !base.contains('?') {
        url.push('?');
    } else if !base.ends_with(['?', '&']) {
        url.push('&');
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields);
    url.push_str(&query.finish());
    if let Some(fragment) = fragment {
        url.push('#');
        url.push_str(fragment);
    }
    url
}

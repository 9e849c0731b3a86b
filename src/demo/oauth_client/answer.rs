//! What the provider sends the browser back with (RFC 6749, 4.1.2; RFC 9207).

use url::form_urlencoded;

use super::refusal::Refusal;

/// The parameters of the redirect, each at most once.
pub(super) struct AuthorizationAnswer {
    pub(super) state: Option<String>,
    pub(super) iss: Option<String>,
    pub(super) code: Option<String>,
    pub(super) error: Option<String>,
    pub(super) error_description: Option<String>,
}

impl AuthorizationAnswer {
    pub(super) fn read(query: &str) -> Result<Self, Refusal> {
        Ok(Self {
            state: single(query, "state")?,
            iss: single(query, "iss")?,
            code: single(query, "code")?,
            error: single(query, "error")?,
            error_description: single(query, "error_description")?,
        })
    }
}

/// The one value of a parameter of a query or a form.
pub(super) fn single(form: &str, name: &'static str) -> Result<Option<String>, Refusal> {
    let mut values = form_urlencoded::parse(form.as_bytes()).filter(|(key, _)| key == name);
    let first = values.next().map(|(_, value)| value.into_owned());
    match values.next() {
        None => Ok(first),
        Some(_) => Err(Refusal::RepeatedParameter { name }),
    }
}

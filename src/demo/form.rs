//! What a browser posts: the form of the HTTP-POST binding (SAML bindings, 3.5.4).

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

/// What AWS takes as `SAMLAssertion`, in characters of base64; the service provider takes no more either.
const MAX_ENCODED: usize = 100_000;
/// The largest form: the response with every `+`, `/` and `=` of it escaped, and the RelayState.
pub(super) const MAX_FORM_BYTES: usize = 3 * MAX_ENCODED + 4_096;

/// A posted response, still unread.
#[derive(Debug)]
pub(super) struct Posted {
    /// The octets that `SAMLResponse` encodes.
    pub(super) message: Vec<u8>,
    /// `RelayState`, if there was one.
    pub(super) relay_state: Option<String>,
}

/// Why a form was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormProblem {
    #[error("the response must come as application/x-www-form-urlencoded")]
    ContentType,
    #[error("the form has no SAMLResponse")]
    Missing,
    #[error("the form has {name} more than once")]
    Repeated { name: &'static str },
    #[error("SAMLResponse has more than 100,000 characters")]
    TooLong,
    #[error("SAMLResponse is not base64")]
    Base64,
}

impl Posted {
    /// Reads the form: each parameter at most once, and strict base64.
    pub(super) fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, FormProblem> {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .unwrap_or_default();
        if !content_type
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        {
            return Err(FormProblem::ContentType);
        }
        let encoded = single(body, "SAMLResponse")?.ok_or(FormProblem::Missing)?;
        if encoded.len() > MAX_ENCODED {
            return Err(FormProblem::TooLong);
        }
        Ok(Self {
            message: STANDARD.decode(encoded).map_err(|_| FormProblem::Base64)?,
            relay_state: single(body, "RelayState")?.filter(|state| !state.is_empty()),
        })
    }
}

/// The one value of a parameter.
fn single(body: &[u8], name: &'static str) -> Result<Option<String>, FormProblem> {
    let mut values = form_urlencoded::parse(body).filter(|(key, _)| key == name);
    let first = values.next().map(|(_, value)| value.into_owned());
    match values.next() {
        None => Ok(first),
        Some(_) => Err(FormProblem::Repeated { name }),
    }
}

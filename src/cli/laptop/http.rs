//! The HTTP of these commands: to the instance that the person named, and to AWS STS.
//!
//! The program's one client, with every address allowed: an instance in the organisation's own network is the normal case,
//! and a person's command line reaches what the person reaches anyway. What goes wrong is said in a person's terms, not in
//! those of a server's configuration.

use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;
use zeroize::Zeroizing;

use crate::cli::CliError;
use crate::model::{Secret, Span};
use crate::outbound::{AddressRule, HttpClient, HttpRequest, OutboundError, OutboundSettings};

const TIMEOUT: Span = Span::seconds(30);
/// Ten thousand roles with long descriptions are below this.
const LARGEST_ANSWER: u64 = 8 * 1024 * 1024;

/// An answer, of whatever status.
pub struct Reply {
    /// The status.
    pub status: u16,
    body: Zeroizing<Vec<u8>>,
}

impl Reply {
    /// The octets.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Reads the body; what is unknown in it is ignored.
    ///
    /// # Errors
    /// When it is not that JSON. The text does not repeat the body, which may hold tokens.
    pub fn json<T: DeserializeOwned>(&self, from: &str) -> Result<T, CliError> {
        serde_json::from_slice(&self.body).map_err(|e| {
            CliError::failed(
                from,
                format_args!(
                    "the answer (status {}, line {}, column {}) is not what Signet answers; is the address right?",
                    self.status,
                    e.line(),
                    e.column()
                ),
            )
        })
    }
}

/// Calls others.
pub struct Http {
    client: HttpClient,
}

impl Http {
    /// Trusts the system's authorities; `SSL_CERT_FILE` names others.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, CliError> {
        let client = HttpClient::new(OutboundSettings {
            addresses: AddressRule::Any,
            extra_roots: None,
            timeout: TIMEOUT,
            max_body: LARGEST_ANSWER,
        });
        Ok(Self {
            client: client.map_err(|e| failure(&e))?,
        })
    }

    /// The client itself, for calls that are written elsewhere.
    pub(super) fn client(&self) -> &HttpClient {
        &self.client
    }

    /// GET, by a bearer token (RFC 6750, section 2.1) where there is one.
    ///
    /// # Errors
    /// When the URL is neither TLS nor this machine, or nobody answers in time.
    pub fn get(&self, url: Url, token: Option<&str>) -> Result<Reply, CliError> {
        self.send(HttpRequest::get(url), token)
    }

    /// POST of a form.
    ///
    /// # Errors
    /// As [`Http::get`].
    pub fn post_form(&self, url: Url, fields: &[(&str, &str)]) -> Result<Reply, CliError> {
        self.send(HttpRequest::post_form(url, fields), None)
    }

    /// POST of JSON, by a bearer token.
    ///
    /// # Errors
    /// As [`Http::get`].
    pub fn post_json(
        &self,
        url: Url,
        token: &str,
        body: &impl Serialize,
    ) -> Result<Reply, CliError> {
        let text = serde_json::to_string(body)
            .map_err(|e| CliError::failed("the request cannot be written", e))?;
        self.send(HttpRequest::post_json(url, text), Some(token))
    }

    fn send(&self, request: HttpRequest, token: Option<&str>) -> Result<Reply, CliError> {
        let request = request.header("accept", "application/json");
        let request = match token {
            Some(token) => request.bearer(&Secret::from_text(token.to_owned())),
            None => request,
        };
        let answer = self.client.send(&request).map_err(|e| failure(&e))?;
        Ok(Reply {
            status: answer.status,
            body: Zeroizing::new(answer.body),
        })
    }
}

/// In a person's terms.
pub(super) fn failure(error: &OutboundError) -> CliError {
    let text = match error {
        OutboundError::TimedOut { origin, seconds } => format!(
            "{origin} did not answer within {seconds} s; are you online, and in the right network?"
        ),
        OutboundError::Certificate { origin, reason } => format!(
            "the certificate of {origin} is not accepted ({reason}); if an authority of your organisation's own issued it, name \
             that one's PEM file in SSL_CERT_FILE"
        ),
        OutboundError::NoAuthorities { origin } => format!(
            "this machine has no certificate authorities to verify {origin} with; install the package ca-certificates, or name a \
             PEM file in SSL_CERT_FILE"
        ),
        other => other.to_string(),
    };
    CliError::Refused(text)
}

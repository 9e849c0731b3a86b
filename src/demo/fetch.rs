//! How a demo service asks the identity provider directly: one blocking request, within limits, redirects not followed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use url::Url;

use crate::model::Secret;

/// From resolving the name to the last octet.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer.
const MAX_BYTES: u64 = 262_144;

/// One request. Bearer tokens and client secrets stand in `authorization` or in the form, never in the address.
#[derive(Debug)]
pub struct FetchRequest {
    /// Where it goes.
    pub url: Url,
    /// The header `Authorization`.
    pub authorization: Option<Secret>,
    /// With a form (`application/x-www-form-urlencoded`) it is a POST, without one a GET.
    pub form: Option<Secret>,
}

/// What came back, whatever its status.
pub struct FetchResponse {
    /// The status code.
    pub status: u16,
    /// The header `WWW-Authenticate`.
    pub www_authenticate: Option<String>,
    /// At most 256 KiB.
    pub body: Vec<u8>,
}

/// Makes one request and waits for its answer; it may block.
pub type Fetch = Arc<dyn Fn(&FetchRequest) -> std::io::Result<FetchResponse> + Send + Sync>;

/// Over HTTP: ten seconds, 256 KiB, no redirects, no proxy, the system's certification authorities.
pub fn fetch_over_http() -> Fetch {
    // The authorities are read when there is a first request, not when the demo starts.
    let agent = OnceLock::new();
    Arc::new(move |request| fetch(agent.get_or_init(agent_with_limits), request))
}

fn agent_with_limits() -> ureq::Agent {
    let authorities: Vec<_> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&authorities))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(TIMEOUT))
        .user_agent("signet-demo")
        .tls_config(tls)
        .build()
        .into()
}

fn fetch(agent: &ureq::Agent, request: &FetchRequest) -> std::io::Result<FetchResponse> {
    let text = |secret: &Secret| {
        secret
            .expose_text()
            .map(str::to_owned)
            .map_err(std::io::Error::other)
    };
    let authorization = request.authorization.as_ref().map(text).transpose()?;
    let form = request.form.as_ref().map(text).transpose()?;
    let answer = match form {
        Some(form) => {
            let mut call = agent
                .post(request.url.as_str())
                .header(ACCEPT, "application/json")
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(value) = authorization {
                call = call.header(AUTHORIZATION, value);
            }
            call.send(form)
        }
        None => {
            let mut call = agent
                .get(request.url.as_str())
                .header(ACCEPT, "application/json");
            if let Some(value) = authorization {
                call = call.header(AUTHORIZATION, value);
            }
            call.call()
        }
    };
    let mut answer = answer.map_err(std::io::Error::other)?;
    Ok(FetchResponse {
        status: answer.status().as_u16(),
        www_authenticate: header(answer.headers()),
        body: answer
            .body_mut()
            .with_config()
            .limit(MAX_BYTES)
            .read_to_vec()
            .map_err(std::io::Error::other)?,
    })
}

fn header(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(WWW_AUTHENTICATE)?;
    value.to_str().ok().map(str::to_owned)
}

//! One GET, bounded in time and size. Everything that the doctor asks by HTTP goes through here.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::model::Timestamp;

/// For public_url.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
const LARGEST_BODY: u64 = 256 * 1024;

/// What was answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The `Date` header (RFC 9110, 6.6.1), when there is a readable one.
    pub(super) date: Option<Timestamp>,
    pub(super) body: String,
}

/// Asks once, without redirects; the certificate is judged by the system's own roots, as a browser would.
///
/// # Errors
/// Why there is no answer, in the library's words.
pub(super) fn get(url: &str, patience: Duration) -> Result<Answer, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
        .certs
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .collect();
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build();
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(patience))
        .tls_config(tls)
        .build();
    let agent = ureq::Agent::from(config);
    let mut response = agent.get(url).call().map_err(|e| e.to_string())?;
    let date = response
        .headers()
        .get("date")
        .and_then(|value| value.to_str().ok())
        .and_then(parse_date);
    let status = response.status().as_u16();
    let body = response
        .body_mut()
        .with_config()
        .limit(LARGEST_BODY)
        .read_to_string()
        .map_err(|e| e.to_string())?;
    Ok(Answer { status, date, body })
}

/// `Thu, 26 Nov 2026 11:13:43 GMT`
fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.replace("GMT", "+0000");
    let date = OffsetDateTime::parse(&text, &Rfc2822).ok()?;
    Some(Timestamp::from_millis(
        date.unix_timestamp().saturating_mul(1_000),
    ))
}

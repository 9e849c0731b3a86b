//! The client: one exchange, within limits.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::{HeaderValue, Request, Uri};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use url::{Host, Url};

use super::guard::{Guard, NameLookup, system_lookup};
use super::request::{HttpRequest, HttpResponse, Method};
use super::{AddressRule, OutboundError, roots};
use crate::config::Outbound;
use crate::model::{Secret, Span};

/// What all headers of an answer may have, in octets.
const MAX_HEADERS: usize = 32 * 1024;
/// Time is looked at again after so many octets are sent: a receiver that takes them one by one does not hold us for long.
const SENT_AT_ONCE: usize = 8 * 1024;
const MAX_BODY: u64 = 256 * 1024;
const TIMEOUT: Span = Span::seconds(10);

/// How the client is set up.
#[derive(Debug, Clone)]
pub struct OutboundSettings {
    /// Whom it connects to.
    pub addresses: AddressRule,
    /// Authorities beside the system's, in PEM.
    pub extra_roots: Option<PathBuf>,
    /// For a whole exchange, from the look-up of the name to the last octet of the body.
    pub timeout: Span,
    /// The largest body that is read, in octets.
    pub max_body: u64,
}

impl Default for OutboundSettings {
    /// Public addresses, the system's authorities, ten seconds, 256 KiB.
    fn default() -> Self {
        Self {
            addresses: AddressRule::Public,
            extra_roots: None,
            timeout: TIMEOUT,
            max_body: MAX_BODY,
        }
    }
}

impl OutboundSettings {
    /// The server's.
    pub fn from_config(config: &Outbound) -> Self {
        let addresses = if config.allowed_networks.is_empty() {
            AddressRule::Public
        } else {
            AddressRule::PublicAnd(config.allowed_networks.clone())
        };
        Self {
            addresses,
            extra_roots: config.ca_file.clone(),
            timeout: config.timeout,
            max_body: MAX_BODY,
        }
    }
}

/// The one HTTP client (HTTP/1.1). Cheap to clone; blocks its thread. Follows no redirect, uses no proxy of the
/// environment, keeps no cookie and no connection, unpacks nothing.
#[derive(Clone)]
pub struct HttpClient {
    agent: Agent,
    timeout: Span,
    max_body: u64,
    trusts_anybody: bool,
}

impl HttpClient {
    /// Reads the authorities and makes a client.
    ///
    /// # Errors
    /// [`OutboundError::AuthorityFile`] when the operator's file cannot be used.
    pub fn new(settings: OutboundSettings) -> Result<Self, OutboundError> {
        Self::with_lookup(settings, Arc::new(system_lookup))
    }

    /// The same with another resolver than the system's; its answers are checked like any.
    ///
    /// # Errors
    /// As [`HttpClient::new`].
    pub fn with_lookup(
        settings: OutboundSettings,
        lookup: Arc<NameLookup>,
    ) -> Result<Self, OutboundError> {
        let roots = roots::load(settings.extra_roots.as_deref())?;
        let trusts_anybody = !roots.is_empty();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let millis = u64::try_from(settings.timeout.as_millis()).unwrap_or_default();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // ureq's own default is the proxy of the environment, which would resolve names for us, unguarded.
            .proxy(None)
            .tls_config(tls)
            .timeout_global(Some(Duration::from_millis(millis)))
            .max_idle_connections(0)
            .max_response_header_size(MAX_HEADERS)
            .output_buffer_size(SENT_AT_ONCE)
            .accept_encoding(AutoHeaderValue::None)
            .user_agent("Signet")
            .build();
        let guard = Guard::new(settings.addresses, lookup);
        Ok(Self {
            agent: Agent::with_parts(config, DefaultConnector::new(), guard),
            timeout: settings.timeout,
            max_body: settings.max_body,
            trusts_anybody,
        })
    }

    /// One exchange: the request out, the whole answer in.
    ///
    /// # Errors
    /// [`OutboundError`]. A status of 300 and above is not an error here.
    pub fn send(&self, request: &HttpRequest) -> Result<HttpResponse, OutboundError> {
        check_url(&request.url)?;
        let origin = request.origin();
        if request.url.scheme() == "https" && !self.trusts_anybody {
            return Err(OutboundError::NoAuthorities { origin });
        }
        let headers = headers(request)?;
        let uri = uri(&request.url)?;
        self.exchange(request, uri, headers)
            .map_err(|e| self.failure(origin, e))
    }

    fn exchange(
        &self,
        request: &HttpRequest,
        uri: Uri,
        headers: Vec<(&'static str, HeaderValue)>,
    ) -> Result<HttpResponse, ureq::Error> {
        let mut builder = Request::builder().uri(uri).method(match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        });
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        let mut response = match &request.body {
            Some(body) => self.agent.run(builder.body(body.expose())?)?,
            None => self.agent.run(builder.body(())?)?,
        };
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let body = response.body_mut().with_config().limit(self.max_body);
        let body = body.read_to_vec()?;
        Ok(HttpResponse {
            status: response.status().as_u16(),
            content_type,
            body,
        })
    }

    /// In our terms. Texts of the library are passed on only where they cannot hold a part of the request.
    fn failure(&self, origin: String, error: ureq::Error) -> OutboundError {
        match error {
            ureq::Error::Other(inner) => match inner.downcast::<OutboundError>() {
                Ok(refused) => *refused,
                Err(other) => OutboundError::Connection {
                    origin,
                    reason: other.to_string(),
                },
            },
            ureq::Error::Timeout(_) => OutboundError::TimedOut {
                origin,
                seconds: self.timeout.as_seconds().max(1),
            },
            ureq::Error::BodyExceedsLimit(max) => OutboundError::TooLarge { origin, max },
            ureq::Error::LargeResponseHeader(..) => OutboundError::TooLarge {
                origin,
                max: u64::try_from(MAX_HEADERS).unwrap_or(u64::MAX),
            },
            ureq::Error::Rustls(e) => tls_failure(origin, &e),
            ureq::Error::Tls(reason) => OutboundError::Tls {
                origin,
                reason: reason.to_owned(),
            },
            ureq::Error::Io(e) => match e.get_ref().and_then(|inner| inner.downcast_ref()) {
                Some(tls) => tls_failure(origin, tls),
                None => OutboundError::Connection {
                    origin,
                    reason: e.to_string(),
                },
            },
            ureq::Error::ConnectionFailed => OutboundError::Connection {
                origin,
                reason: "the connection failed".to_owned(),
            },
            _ => OutboundError::NotHttp { origin },
        }
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("timeout", &self.timeout)
            .field("max_body", &self.max_body)
            .finish_non_exhaustive()
    }
}

fn tls_failure(origin: String, error: &rustls::Error) -> OutboundError {
    match error {
        rustls::Error::InvalidCertificate(reason) => OutboundError::Certificate {
            origin,
            reason: reason.to_string(),
        },
        other => OutboundError::Tls {
            origin,
            reason: other.to_string(),
        },
    }
}

fn check_url(url: &Url) -> Result<(), OutboundError> {
    let wrong = |reason| Err(OutboundError::Url { reason });
    let Some(host) = url.host() else {
        return wrong("has no host; write it as in https://id.example.com/path");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("holds a user name or password; leave them out");
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_this_machine(&host) => Ok(()),
        "http" => Err(OutboundError::PlainHttp {
            origin: url.origin().ascii_serialization(),
        }),
        _ => wrong("must begin with https://"),
    }
}

/// By name; the guard sees to it that the name leads there.
fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The same address in the library's type. Where the two parsers do not find the same host and port in it, nobody is
/// called: what was checked is not what would be connected to.
fn uri(url: &Url) -> Result<Uri, OutboundError> {
    let mut url = url.clone();
    url.set_fragment(None);
    let agreed = url.as_str().parse::<Uri>().ok().filter(|uri| {
        uri.host() == url.host_str()
            && uri.port_u16() == url.port()
            && uri.scheme_str() == Some(url.scheme())
    });
    agreed.ok_or(OutboundError::Url {
        reason: "cannot be called; write it as in https://id.example.com/path, other characters as %20",
    })
}

fn headers(request: &HttpRequest) -> Result<Vec<(&'static str, HeaderValue)>, OutboundError> {
    let checked = |(name, value): &(&'static str, Secret)| {
        let mut value =
            HeaderValue::from_bytes(value.expose()).map_err(|_| OutboundError::Header { name })?;
        value.set_sensitive(true);
        Ok((*name, value))
    };
    request.headers.iter().map(checked).collect()
}

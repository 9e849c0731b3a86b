//! The address under which everybody knows the instance.

use std::fmt;

use url::{Host, Url};

/// An origin such as `https://id.example.com`: scheme, host, and port where it is not the scheme's own.
///
/// It is compared octet for octet by everybody who trusts the instance (issuer, entity id, audience), so only the one
/// canonical spelling is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host: String,
}

impl PublicUrl {
    /// Parses an origin.
    ///
    /// # Errors
    /// With the rule that was broken and, where there is one, the spelling to use.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text)
            .map_err(|e| format!("not a URL ({e}); write it as in https://id.example.com"))?;
        let (Some(host), "https" | "http") = (url.host(), url.scheme()) else {
            return Err("must begin with https://".to_owned());
        };
        if url.scheme() == "http" && !is_this_machine(&host) {
            return Err(
                "must begin with https://: cookies and assertions would travel readable. Plain http is for localhost alone"
                    .to_owned(),
            );
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or password".to_owned());
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(format!(
                "must not have a path, query or fragment; write {}",
                url.origin().ascii_serialization()
            ));
        }
        let canonical = url.origin().ascii_serialization();
        if canonical != text {
            return Err(format!(
                "write {canonical}: others compare it letter by letter"
            ));
        }
        Ok(Self {
            host: host.to_string(),
            text: canonical,
        })
    }

    /// The origin, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether browsers reach it over TLS, by a proxy's or by our own.
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The hosts that browsers hold trustworthy without TLS (W3C Secure Contexts, 3.1).
pub(super) fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

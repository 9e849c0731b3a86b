//! The services as the edge sees them.

use std::net::IpAddr;
use std::sync::Arc;

use url::Url;

use crate::access::Access;
use crate::apps::Apps;
use crate::audit::Audit;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::directory::Directory;
use crate::entropy::Entropy;
use crate::issue::Issuer;
use crate::keys::Keys;
use crate::mail::Outbox;
use crate::model::Network;
use crate::outbound::{HttpClient, SmtpClient};
use crate::render::Renderer;
use crate::sessions::Sessions;
use crate::signin::SignIns;
use crate::store::Store;
use crate::traces::Traces;

/// Where the instance stands.
#[derive(Debug, Clone)]
pub struct Site {
    /// Every link begins with it; never taken from a request.
    pub public_url: Url,
    /// The networks whose word on the client's address is taken.
    pub trusted_proxies: Vec<Network>,
}

/// Everything that a handler may call.
#[derive(Debug, Clone)]
pub struct App {
    /// Where it stands.
    pub site: Arc<Site>,
    /// The time.
    pub clock: Clock,
    /// The source of ids and secrets.
    pub entropy: Entropy,
    /// The handle, for health.
    pub store: Store,
    /// The keys.
    pub keys: Keys,
    /// The audit.
    pub audit: Audit,
    /// People.
    pub directory: Directory,
    /// Applications and accounts.
    pub apps: Apps,
    /// Browser sessions.
    pub sessions: Sessions,
    /// What people prove themselves with.
    pub credentials: Credentials,
    /// Decisions.
    pub access: Access,
    /// Sign-ins in progress.
    pub sign_ins: SignIns,
    /// Responses.
    pub issuer: Issuer,
    /// What became of applications' attempts.
    pub traces: Traces,
    /// Calls to others.
    pub http: HttpClient,
    /// Mail on its way.
    pub outbox: Outbox,
    /// The way to the mail server, if there is one.
    pub smtp: Option<SmtpClient>,
    /// Pages.
    pub renderer: Arc<Renderer>,
}

impl Site {
    /// An absolute URL of ours.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }

    /// Whether browsers reach us by TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Our origin, as browsers write it.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether an address belongs to a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(address))
    }
}

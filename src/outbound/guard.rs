//! The guard between a name and a connection: one resolution, every address checked, no other one connected to.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crossbeam_channel::{RecvTimeoutError, bounded};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::{AddressRule, OutboundError};

/// From a name to its addresses: the system's resolver, or a test's.
pub type NameLookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// How many names may be looked up at once. The system's call cannot be cancelled: a dead DNS must not grow threads
/// without end.
const MAX_LOOKUPS: usize = 64;
/// How many of a name's addresses are tried; ureq keeps no more.
const MAX_ADDRESSES: usize = 16;

/// The system's resolver.
pub(super) fn system_lookup(host: &str) -> io::Result<Vec<IpAddr>> {
    Ok((host, 0).to_socket_addrs()?.map(|a| a.ip()).collect())
}

/// The client's only way to addresses. What it answers is what is connected to: there is no second resolution that could
/// say something else (DNS rebinding).
pub(super) struct Guard {
    rule: AddressRule,
    lookup: Arc<NameLookup>,
    running: Arc<AtomicUsize>,
}

impl Guard {
    pub(super) fn new(rule: AddressRule, lookup: Arc<NameLookup>) -> Self {
        Self {
            rule,
            lookup,
            running: Arc::default(),
        }
    }

    fn addresses(&self, uri: &Uri, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let is_plain = uri.scheme_str() != Some("https");
        let port = uri.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
        let bare = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        let found = match bare.parse() {
            Ok(address) => vec![address],
            Err(_) => self.look_up(bare, timeout)?,
        };
        // One address that may not be refuses the name: a mixed answer is how a public name is led inside when its
        // public address does not answer.
        for address in &found {
            self.check(host, *address)?;
            if is_plain && !address.to_canonical().is_loopback() {
                return Err(refusal(OutboundError::PlainHttp {
                    origin: format!("http://{host}"),
                }));
            }
        }
        Ok(found
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }

    fn check(&self, host: &str, address: IpAddr) -> Result<(), ureq::Error> {
        let refused = |class| {
            refusal(OutboundError::Refused {
                host: host.to_owned(),
                address,
                class,
            })
        };
        self.rule.check(address).map_err(refused)
    }

    /// Looks a name up on a thread of its own: the system's call ends when it likes.
    fn look_up(&self, host: &str, timeout: NextTimeout) -> Result<Vec<IpAddr>, ureq::Error> {
        let busy = || refusal(OutboundError::Busy);
        let slot = Slot::take(&self.running).ok_or_else(busy)?;
        let (answers, answer) = bounded(1);
        let lookup = Arc::clone(&self.lookup);
        let name = host.to_owned();
        thread::Builder::new()
            .name("name-lookup".to_owned())
            .spawn(move || {
                let _slot = slot;
                // Nobody may be waiting any more.
                let _ = answers.send(lookup(&name));
            })
            .map_err(|_| busy())?;
        match answer.recv_timeout(*timeout.after) {
            Ok(Ok(found)) if !found.is_empty() => Ok(found),
            Err(RecvTimeoutError::Timeout) => Err(ureq::Error::Timeout(timeout.reason)),
            _ => Err(refusal(OutboundError::NameNotFound {
                host: host.to_owned(),
            })),
        }
    }
}

/// Through the library and out again.
fn refusal(error: OutboundError) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.addresses(uri, timeout)?;
        let mut addresses = self.empty();
        for address in found.into_iter().take(MAX_ADDRESSES) {
            addresses.push(address);
        }
        Ok(addresses)
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guard").field(&self.rule).finish()
    }
}

/// One of the lookups that may run at once; given back when it is dropped.
struct Slot(Arc<AtomicUsize>);

impl Slot {
    fn take(running: &Arc<AtomicUsize>) -> Option<Self> {
        let one_more = |n: usize| (n < MAX_LOOKUPS).then_some(n.saturating_add(1));
        running
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more)
            .ok()
            .map(|_| Self(Arc::clone(running)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

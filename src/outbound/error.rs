//! Why a call to somebody else did not come about.

use std::net::IpAddr;
use std::path::PathBuf;

use super::AddressClass;

/// Why there is no answer. The texts name the origin (`https://host:port`) and never a path, a query or a body: those may
/// hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Not a URL that is called.
    #[error("the address {reason}")]
    Url {
        /// What is wrong and what to write.
        reason: &'static str,
    },
    /// `http` to another machine.
    #[error(
        "{origin} would be called without TLS, readable on the way; write https:// (plain http is for this machine alone)"
    )]
    PlainHttp {
        /// Whom.
        origin: String,
    },
    /// A header that cannot be sent.
    #[error(
        "the header {name} has a character that no header can carry; remove line breaks from its value"
    )]
    Header {
        /// Which.
        name: &'static str,
    },
    /// The guard's refusal.
    #[error(
        "{host} is not called: {address} is {class}. If it is meant, add its network to allowed_networks in [outbound]"
    )]
    Refused {
        /// As in the URL.
        host: String,
        /// What it resolved to.
        address: IpAddr,
        /// What that is.
        class: AddressClass,
    },
    /// The name does not resolve.
    #[error("the name {host} does not resolve; check its spelling, and this machine's DNS")]
    NameNotFound {
        /// As in the URL.
        host: String,
    },
    /// Too many names are being looked up at once.
    #[error(
        "too many names are being looked up at once: the DNS does not answer; try again, and check this machine's DNS"
    )]
    Busy,
    /// Not done in time.
    #[error(
        "{origin} did not answer within {seconds} s; if it is slow, raise timeout_seconds in [outbound]"
    )]
    TimedOut {
        /// Whom.
        origin: String,
        /// How long was waited, in seconds.
        seconds: i64,
    },
    /// No connection, or one that broke.
    #[error("no answer from {origin}: {reason}")]
    Connection {
        /// Whom.
        origin: String,
        /// The system's words.
        reason: String,
    },
    /// The certificate does not hold.
    #[error(
        "the certificate of {origin} is not accepted ({reason}); if an authority of your own issued it, name that one's PEM file as ca_file in [outbound]"
    )]
    Certificate {
        /// Whom.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS otherwise.
    #[error("no TLS 1.2 or 1.3 with {origin}: {reason}")]
    Tls {
        /// Whom.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// Something else than HTTP, or headers beyond every measure.
    #[error("{origin} answers with something that is not HTTP; check host and port")]
    NotHttp {
        /// Whom.
        origin: String,
    },
    /// More than is read.
    #[error("{origin} answered with more than {max} octets; that much is not read")]
    TooLarge {
        /// Whom.
        origin: String,
        /// The limit in octets.
        max: u64,
    },
    /// Nothing to judge certificates by.
    #[error(
        "this machine has no certificate authorities to verify {origin} with; install the package ca-certificates, or name a PEM file as ca_file in [outbound]"
    )]
    NoAuthorities {
        /// Whom.
        origin: String,
    },
    /// The operator's file of authorities.
    #[error("{path}: {reason}; it must hold the certificates of authorities in PEM", path = path.display())]
    AuthorityFile {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

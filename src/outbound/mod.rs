//! Calls to others: the program's one HTTP client, and the calls made with it.
//!
//! Owns the address guard (whom the program connects to), the limits of an exchange (time, octets, no redirect, no proxy)
//! and TLS towards others. Blocking: the server calls it on threads of its own. Imports `model`, `config` and the wire
//! formats of `protocol`; nothing of the store.
//!
//! Why one client: an address that somebody registers (metadata, a logout or webhook URL) must not make the program ask
//! inside addresses, by a name that resolves to one, by a second resolution or by a redirect (oidc.md 6: Keycloak
//! CVE-2026-1180, MITREid CVE-2021-26715, Zitadel CVE-2025-67494). Whoever calls elsewhere has to come through here.

mod address;
mod client;
mod error;
mod guard;
mod request;
mod roots;
mod smtp;
mod sts;

pub use address::{AddressClass, AddressRule};
pub use client::{HttpClient, OutboundSettings};
pub use error::OutboundError;
pub use guard::NameLookup;
pub use request::{HttpRequest, HttpResponse, Method};
pub use smtp::{OutgoingMail, SmtpClient, SmtpError, SmtpSession, SmtpSettings};
pub use sts::{StsFailure, assume_role_with_saml};

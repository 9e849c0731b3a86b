//! `signet demo`'s other side: a service provider and a simulated AWS sign-in page, each a small web service of its own.
//!
//! Owns the receiving half of SAML as a relying party sees it: reading the identity provider's metadata, verifying
//! responses, judging them rule by rule, and showing what came. Both are strict, because they are what shows that the
//! issuing side keeps the rules; so they must share nothing with it: of Signet this module imports `model`, `clock`,
//! `entropy` and the reader of `protocol::xml`, never `protocol::saml`, `issue` or `keys`.
//!
//! What they remember (requests sent, assertions seen, console sessions) is in memory and gone with the process.

mod aws;
mod form;
mod identity_provider;
mod names;
mod page;
mod response;
mod server;
mod service_provider;
mod signature;

pub use aws::{
    SimulatedAccount, SimulatedAws, SimulatedAwsSettings, SimulatedRole, TrustPolicy,
    TrustPolicyError,
};
pub use identity_provider::MetadataSource;
pub use service_provider::{
    ServiceProvider, ServiceProviderSettings, Unsolicited, service_provider_metadata,
};

//! `signet demo`'s other side: a service provider, a simulated AWS (sign-in page and STS), an OAuth client and a
//! mail box, each a small web service of its own.
//!
//! Owns the receiving half of SAML and of OpenID Connect as a relying party sees it: reading the provider's metadata,
//! verifying responses and tokens, judging them rule by rule, and showing what came. All are strict, because they are what
//! shows that the issuing side keeps the rules; so they must share nothing with it: of Signet this module imports `model`,
//! `clock`, `entropy` and the reader of `protocol::xml`, never `protocol::saml`, `protocol::oauth`, `issue` or `keys`.
//!
//! What they remember (requests sent, assertions seen, sessions, credentials) is in memory and gone with the process.

mod aws;
mod fetch;
mod form;
mod identity_provider;
mod mail_box;
mod names;
mod oauth_client;
mod page;
mod response;
mod server;
mod service_provider;
mod signature;

pub use aws::{
    SimulatedAccount, SimulatedAws, SimulatedAwsSettings, SimulatedRole, TrustPolicy,
    TrustPolicyError,
};
pub use fetch::{Fetch, FetchRequest, FetchResponse, fetch_over_http};
pub use identity_provider::MetadataSource;
pub use mail_box::MailBox;
pub use oauth_client::{OauthClient, OauthClientSettings};
pub use service_provider::{
    ServiceProvider, ServiceProviderSettings, Unsolicited, service_provider_metadata,
};

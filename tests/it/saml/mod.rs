//! SAML: what we send is accepted by implementations that are not ours, and what we receive is refused unless it keeps
//! every rule.

mod corpus;
pub(crate) mod forge;
pub(crate) mod keys;
mod limits;
mod requests;
mod responses;
pub(crate) mod sample;
mod semantics;
mod signatures;
pub(crate) mod sp_metadata;
mod transport;
mod wrapping;
mod writer;
mod xml_gates;

//! SAML: what we send is accepted by implementations that are not ours, and what we receive is refused unless it keeps
//! every rule.

mod forge;
mod keys;
mod requests;
mod sample;
mod semantics;
mod signatures;
mod transport;
mod wrapping;
mod writer;
mod xml_gates;

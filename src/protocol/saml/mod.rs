//! SAML 2.0: what Signet sends and what it receives, as octets.
//!
//! Owns the syntax: writing and signing responses and metadata, decoding and verifying requests, reading a service
//! provider's metadata. Pure: ids, times, keys and certificates are passed in. Whether a request's issuer is known, its
//! assertion consumer service registered, its time fresh and its id new is decided above, in `issue`.
//! Imports `model` and `protocol::xml` alone.
//!
//! Sending: [`write_response`] and [`write_idp_metadata`] write canonical XML, digest it and sign with a [`Sign`].
//!
//! Receiving: [`decode_redirect`] or [`decode_post`] gives a [`Received`], of which only what is needed to find the
//! issuer's registration can be read; [`Received::verify`] is the one way from there to an [`AuthnRequest`].

mod idp_metadata;
mod names;
mod response;
mod response_writer;
mod sign;

pub use idp_metadata::{IdpMetadata, MAX_METADATA_CHARACTERS, RequestSigning, write_idp_metadata};
pub use response::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Status, StatusCode,
    SubStatus,
};
pub use response_writer::write_response;
pub use sign::{Sign, SignError, SignatureAlgorithm, WriteError};

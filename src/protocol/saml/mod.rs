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

mod authn_request;
mod certificate;
mod decode;
mod enveloped;
mod error;
mod idp_metadata;
mod names;
mod query;
mod received;
mod redirect_signature;
mod response;
mod response_writer;
mod sign;
mod sp_metadata;

pub use authn_request::{
    AuthnRequest, Comparison, NameIdPolicy, RequestedAuthnContext, RequestedSubject, Signed,
};
pub use certificate::{CertificateError, check_certificate};
pub use decode::{MAX_MESSAGE_BYTES, MAX_QUERY_BYTES, MAX_RELAY_STATE_BYTES, check_relay_state};
pub use error::{Excerpt, ReceiveError};
pub use idp_metadata::{IdpMetadata, MAX_METADATA_CHARACTERS, RequestSigning, write_idp_metadata};
pub use received::{
    Received, SignatureRequirement, decode_post, decode_post_form, decode_redirect,
};
pub use response::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Status, StatusCode,
    SubStatus,
};
pub use response_writer::write_response;
pub use sign::{Sign, SignError, SignatureAlgorithm, WriteError};
pub use sp_metadata::{MetadataError, SpMetadata, check_acs_url, parse_sp_metadata};

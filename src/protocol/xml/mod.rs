//! XML: a writer of canonical documents, and the gates through which foreign documents are read.
//!
//! Knows nothing of SAML. Imports nothing of Signet: no IO, no clock, no randomness.
//!
//! - [`Writer`] emits documents that are already in exclusive canonical form, so that the bytes that are signed are the
//!   bytes that are sent.
//! - [`Tree::parse`] reads foreign bytes: [`Limits`] and a pre-scan of the raw bytes first, then one strict parse.

mod scan;
mod tree;
mod writer;

pub use scan::{Comments, Limits, ScanError};
pub use tree::{Tree, ValueError, XmlError};
pub use writer::{ForbiddenCharacter, Namespace, Writer};

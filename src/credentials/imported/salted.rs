//! Salted digests without a cost, and what is stored of them: our own hash over the digest.
//!
//! `$signet-sha1$SALT$argon2id$v=19$..`: SALT is the digest's, in base64; behind it stands an Argon2id hash whose
//! password is the digest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Digest, Form};
use crate::credentials::hasher::OwnHash;

pub(super) const SALTED: &str = "salted SHA";

const NAMES: [(&str, Digest); 3] = [
    ("$signet-sha1$", Digest::Sha1),
    ("$signet-sha256$", Digest::Sha256),
    ("$signet-sha512$", Digest::Sha512),
];

/// A digest of password and salt.
pub(in crate::credentials) struct SaltedDigest {
    digest: Digest,
    salt: Vec<u8>,
    hash: zeroize::Zeroizing<Vec<u8>>,
}

impl SaltedDigest {
    pub(super) fn new(digest: Digest, salt: Vec<u8>, hash: Vec<u8>) -> Self {
        let hash = zeroize::Zeroizing::new(hash);
        Self { digest, salt, hash }
    }

    /// The digest itself.
    pub(in crate::credentials) fn hash(&self) -> &[u8] {
        &self.hash
    }

    /// What is stored, when `outer` is our hash of [`SaltedDigest::hash`].
    pub(in crate::credentials) fn wrapped_in(&self, outer: &str) -> String {
        let name = NAMES.iter().find(|(_, digest)| *digest == self.digest);
        let name = name.map_or("", |(name, _)| name);
        format!("{name}{}{outer}", STANDARD_NO_PAD.encode(&self.salt))
    }
}

pub(super) fn read_wrapped(text: &str) -> Option<Form> {
    let (name, digest) = NAMES.iter().find(|(name, _)| text.starts_with(name))?;
    let rest = text.strip_prefix(name)?;
    let (salt, outer) = rest.split_at_checked(rest.find('$')?)?;
    Some(Form::Wrapped {
        digest: *digest,
        salt: STANDARD_NO_PAD.decode(salt).ok()?,
        outer: OwnHash::parse(outer)?,
    })
}

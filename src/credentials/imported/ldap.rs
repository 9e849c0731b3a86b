//! LDAP's schemes (RFC 2307 and the servers' additions), and Django's own form of PBKDF2.

use super::phc::{self, PBKDF2};
use super::salted::{SALTED, SaltedDigest};
use super::{Digest, Form, HashProblem, malformed};

/// `{SSHA}BASE64`, `{PBKDF2-SHA256}10000$SALT$HASH`; the scheme's case does not matter.
pub(super) fn scheme(text: &str) -> Result<Form, HashProblem> {
    let (scheme, value) = text
        .strip_prefix('{')
        .and_then(|rest| rest.split_once('}'))
        .ok_or(HashProblem::Unknown)?;
    match scheme.to_ascii_uppercase().as_str() {
        "SSHA" => salted(Digest::Sha1, value),
        "SSHA256" => salted(Digest::Sha256, value),
        "SSHA512" => salted(Digest::Sha512, value),
        "PBKDF2" | "PBKDF2-SHA1" => pbkdf2(Digest::Sha1, value),
        "PBKDF2-SHA256" => pbkdf2(Digest::Sha256, value),
        "PBKDF2-SHA512" => pbkdf2(Digest::Sha512, value),
        _ => Err(HashProblem::Unknown),
    }
}

/// The digest of password and salt, and the salt behind it.
fn salted(digest: Digest, value: &str) -> Result<Form, HashProblem> {
    let octets = phc::base64(value).ok_or(malformed(SALTED, "it is no base64"))?;
    let (hash, salt) = octets
        .split_at_checked(digest.octets())
        .ok_or(malformed(SALTED, "it is shorter than its digest"))?;
    if salt.is_empty() || salt.len() > 64 {
        return Err(malformed(SALTED, "its salt must have 1 to 64 octets"));
    }
    Ok(Form::Salted(SaltedDigest::new(
        digest,
        salt.to_vec(),
        hash.to_vec(),
    )))
}

/// OpenLDAP's pw-pbkdf2: `10000$SALT$HASH`.
fn pbkdf2(digest: Digest, value: &str) -> Result<Form, HashProblem> {
    let wrong = || malformed(PBKDF2, "it must be as in {PBKDF2-SHA256}10000$SALT$HASH");
    let parts: Vec<&str> = value.split('$').collect();
    let [iterations, salt, hash] = parts.as_slice() else {
        return Err(wrong());
    };
    let iterations = iterations.parse().map_err(|_| wrong())?;
    let (salt, hash) = phc::salt_and_hash(PBKDF2, phc::base64(salt), phc::base64(hash))?;
    phc::with_iterations(digest, iterations, salt, hash)
}

/// `pbkdf2_sha256$870000$SALT$HASH`: the salt is a text, the hash is base64.
pub(super) fn django(text: &str) -> Result<Form, HashProblem> {
    let wrong = || malformed(PBKDF2, "it must be as in pbkdf2_sha256$870000$SALT$HASH");
    let parts: Vec<&str> = text.split('$').collect();
    let [name, iterations, salt, hash] = parts.as_slice() else {
        return Err(wrong());
    };
    let digest = match *name {
        "pbkdf2_sha1" => Digest::Sha1,
        "pbkdf2_sha256" => Digest::Sha256,
        "pbkdf2_sha512" => Digest::Sha512,
        _ => return Err(wrong()),
    };
    let iterations = iterations.parse().map_err(|_| wrong())?;
    let salt = Some(salt.as_bytes().to_vec());
    let (salt, hash) = phc::salt_and_hash(PBKDF2, salt, phc::base64(hash))?;
    phc::with_iterations(digest, iterations, salt, hash)
}

//! Verification of each form. On the hashing threads alone: some take half a second.

use argon2::{Argon2, Block};
use aws_lc_rs::{digest, pbkdf2};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Digest, Form, ImportedHash};
use crate::credentials::hasher::{HashError, fill};

/// bcrypt looks at so many octets and takes no notice of the rest: a longer password is refused, as everything with the
/// same beginning would do (security.md P-04, X-OK1).
const BCRYPT_SEES: usize = 72;

impl ImportedHash {
    /// Whether the password is the one behind the hash.
    pub(in crate::credentials) fn verify(
        &self,
        password: &[u8],
        memory: &mut Vec<Block>,
    ) -> Result<bool, HashError> {
        match &self.form {
            Form::Argon2 {
                algorithm,
                version,
                params,
                salt,
                hash,
            } => {
                let argon2 = Argon2::new(*algorithm, *version, params.clone());
                let mut found = Zeroizing::new(vec![0; hash.len()]);
                fill(&argon2, password, salt, &mut found, memory)?;
                Ok(found.ct_eq(hash).into())
            }
            Form::Bcrypt(text) => {
                let is_right = bcrypt::verify(password, text).map_err(|_| HashError::Unusable)?;
                // NUL ends a password in bcrypt, and what follows it would not count either.
                Ok(is_right && password.len() <= BCRYPT_SEES && !password.contains(&0))
            }
            Form::Scrypt { params, salt, hash } => {
                let mut found = Zeroizing::new(vec![0; hash.len()]);
                scrypt::scrypt(password, salt, params, &mut found)
                    .map_err(|_| HashError::Unusable)?;
                Ok(found.ct_eq(hash).into())
            }
            Form::Pbkdf2 {
                digest,
                iterations,
                salt,
                hash,
            } => {
                let algorithm = match digest {
                    Digest::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
                    Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
                    Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
                };
                Ok(pbkdf2::verify(algorithm, *iterations, salt, password, hash).is_ok())
            }
            // Never stored as it is.
            Form::Salted(_) => Err(HashError::Unusable),
            Form::Wrapped {
                digest,
                salt,
                outer,
            } => outer.verify(&salted_digest(*digest, password, salt), memory),
        }
    }
}

fn salted_digest(kind: Digest, password: &[u8], salt: &[u8]) -> Zeroizing<Vec<u8>> {
    let algorithm = match kind {
        Digest::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        Digest::Sha256 => &digest::SHA256,
        Digest::Sha512 => &digest::SHA512,
    };
    let mut context = digest::Context::new(algorithm);
    context.update(password);
    context.update(salt);
    Zeroizing::new(context.finish().as_ref().to_vec())
}

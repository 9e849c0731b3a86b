//! The signature of a redirect request: over the octets of the query as they were received (SAML bindings, 3.4.4.1).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};

use super::certificate::{KeyKind, VerificationKey};
use super::decode::base64;
use super::error::{Excerpt, ReceiveError};
use super::query::{
    Parameters, RELAY_STATE, REQUEST, SIGNATURE, SIGNATURE_ALGORITHM, decode_value,
};

/// The accepted algorithms with the keys that they fit. SHA-1, MD5, HMAC and DSA are not among them, and an unknown one
/// never falls back to another.
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(super) const RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
pub(super) const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
pub(super) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub(super) const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";

/// Whether the list of accepted signature algorithms has it.
pub(super) fn is_accepted(algorithm: &str) -> bool {
    [
        RSA_SHA256,
        RSA_SHA384,
        RSA_SHA512,
        ECDSA_SHA256,
        ECDSA_SHA384,
    ]
    .contains(&algorithm)
}

/// A signature that has not been verified.
pub(super) struct RedirectSignature {
    /// What was signed: the raw parameters in the order that the binding fixes, whatever their order in the query.
    octets: String,
    algorithm: String,
    value: Vec<u8>,
}

impl RedirectSignature {
    /// The signature of a query, if it has one. Half a signature is an error, not an unsigned request.
    pub(super) fn from_parameters(
        parameters: &Parameters<'_>,
    ) -> Result<Option<Self>, ReceiveError> {
        let given = |value: Option<&str>| value.is_some_and(|v| !v.is_empty());
        let (algorithm, signature) = match (parameters.signature_algorithm, parameters.signature) {
            (None, None) => return Ok(None),
            (algorithm, _) if !given(algorithm) => {
                return Err(ReceiveError::PartialSignature {
                    missing: SIGNATURE_ALGORITHM,
                });
            }
            (_, signature) if !given(signature) => {
                return Err(ReceiveError::PartialSignature { missing: SIGNATURE });
            }
            (algorithm, signature) => {
                (algorithm.unwrap_or_default(), signature.unwrap_or_default())
            }
        };
        let mut octets = [REQUEST, "=", parameters.request.unwrap_or_default()].concat();
        if let Some(relay_state) = parameters.relay_state {
            octets.extend(["&", RELAY_STATE, "=", relay_state]);
        }
        octets.extend(["&", SIGNATURE_ALGORITHM, "=", algorithm]);
        let algorithm = decode_value(algorithm, SIGNATURE_ALGORITHM)?.into_owned();
        if !is_accepted(&algorithm) {
            return Err(ReceiveError::SignatureAlgorithm(Excerpt::new(&algorithm)));
        }
        let value = base64(&decode_value(signature, SIGNATURE)?, SIGNATURE)?;
        Ok(Some(Self {
            octets,
            algorithm,
            value,
        }))
    }

    /// Verifies with any of the keys.
    pub(super) fn verify(&self, keys: &[VerificationKey]) -> Result<(), ReceiveError> {
        let verifies = keys.iter().any(|key| {
            verification_algorithm(&self.algorithm, key.kind).is_some_and(|algorithm| {
                UnparsedPublicKey::new(algorithm, &key.public_key)
                    .verify(self.octets.as_bytes(), &self.value)
                    .is_ok()
            })
        });
        if verifies {
            Ok(())
        } else {
            Err(ReceiveError::SignatureInvalid)
        }
    }
}

fn verification_algorithm(uri: &str, kind: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
    match (uri, kind) {
        (RSA_SHA256, KeyKind::Rsa) => Some(&RSA_PKCS1_2048_8192_SHA256),
        (RSA_SHA384, KeyKind::Rsa) => Some(&RSA_PKCS1_2048_8192_SHA384),
        (RSA_SHA512, KeyKind::Rsa) => Some(&RSA_PKCS1_2048_8192_SHA512),
        (ECDSA_SHA256, KeyKind::P256) => Some(&ECDSA_P256_SHA256_FIXED),
        (ECDSA_SHA384, KeyKind::P384) => Some(&ECDSA_P384_SHA384_FIXED),
        _ => None,
    }
}

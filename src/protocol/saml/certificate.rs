//! Registered certificates: carriers of a key, no more. Their validity, issuer and names are not looked at: trust comes
//! from the registration (SAML metadata interoperability profile), so an expired one works.

use aws_lc_rs::rsa::PublicEncryptingKey;
use bergshamra::keys::{Key, loader};

/// Why a certificate cannot be used to verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is none.
    #[error("this is not an X.509 certificate in DER with a key of a known kind")]
    Malformed,
    /// Its key is too weak or of another kind.
    #[error("the certificate's key must be RSA of 2,048 to 8,192 bits, or ECDSA on P-256 or P-384")]
    Key,
}

/// What kind of key a certificate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Rsa,
    P256,
    P384,
}

/// The key of a certificate.
#[derive(Debug)]
pub(super) struct VerificationKey {
    pub(super) kind: KeyKind,
    /// SubjectPublicKeyInfo, DER.
    pub(super) public_key: Vec<u8>,
    pub(super) key: Key,
}

impl VerificationKey {
    pub(super) fn from_certificate(der: &[u8]) -> Result<Self, CertificateError> {
        let key = loader::load_x509_cert_der(der).map_err(|_| CertificateError::Malformed)?;
        let public_key = key.to_spki_der().ok_or(CertificateError::Malformed)?;
        let kind = match key.algorithm_name() {
            "RSA" => KeyKind::Rsa,
            "EC-P256" => KeyKind::P256,
            "EC-P384" => KeyKind::P384,
            _ => return Err(CertificateError::Key),
        };
        if kind == KeyKind::Rsa {
            PublicEncryptingKey::from_der(&public_key).map_err(|_| CertificateError::Key)?;
        }
        Ok(Self {
            kind,
            public_key,
            key,
        })
    }
}

/// Checks that a certificate can be registered.
///
/// # Errors
/// [`CertificateError`] when it is malformed or its key is too weak.
pub fn check_certificate(der: &[u8]) -> Result<(), CertificateError> {
    VerificationKey::from_certificate(der).map(|_| ())
}

//! Signing of what Signet sends: the seam to the key ring, and the enveloped signature over canonical bytes.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::names::{DIGEST_SHA256, DSIG, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N, is_id};
use crate::protocol::xml::{ForbiddenCharacter, Writer};

/// How Signet signs XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256: what AWS and most service providers accept.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256; the signature is `r` and `s`, 32 octets each (RFC 4051, section 2.3.6).
    EcdsaSha256,
}

impl SignatureAlgorithm {
    /// The algorithm's identifier (RFC 4051).
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        }
    }
}

/// A key that signs messages. The key ring implements it; tests do with keys of their own.
pub trait Sign {
    /// What [`sign`](Self::sign) computes.
    fn signature_algorithm(&self) -> SignatureAlgorithm;
    /// The certificate that is sent along in `KeyInfo`, DER.
    fn certificate_der(&self) -> &[u8];
    /// Signs the message: for RSA the PKCS #1 signature, for ECDSA `r || s`.
    ///
    /// # Errors
    /// [`SignError`] when the key refuses.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// The signing key could not sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signing key could not sign: {reason}; check the key ring with `signet keys`")]
pub struct SignError {
    /// What the key said.
    pub reason: String,
}

/// Why a message could not be written. Each is a fault of ours or of the data, never of the receiver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// A text cannot be in XML.
    #[error(transparent)]
    ForbiddenCharacter(#[from] ForbiddenCharacter),
    /// An id is not an NCName of 1 to 256 characters.
    #[error(
        "the id of a message must be an XML name of 1 to 256 characters, beginning with a letter or '_'"
    )]
    Id,
    /// The response and its assertion have the same id, so that a reference would be ambiguous.
    #[error("the response and its assertion must have different ids")]
    SameId,
    /// An assertion with an error status, or a success without assertion.
    #[error("a response has an assertion if, and only if, its status is Success")]
    StatusAndAssertion,
    /// Metadata without certificate, which no service provider could use.
    #[error("metadata needs at least one signing certificate")]
    NoCertificate,
    /// Larger than the smallest limit among the consumers.
    #[error(
        "the metadata has {characters} characters, and AWS IAM Identity Center takes at most {max}; publish fewer certificates"
    )]
    MetadataTooLarge {
        /// How many it has.
        characters: usize,
        /// How many it may have.
        max: usize,
    },
    /// The key could not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Checks an id before it is written.
pub(super) fn check_id(id: &str) -> Result<(), WriteError> {
    if is_id(id) {
        Ok(())
    } else {
        Err(WriteError::Id)
    }
}

/// The enveloped signature of `canonical`, the exclusive canonical form of the element whose `ID` is `id` and which has
/// no signature yet: the text to put in right behind its `Issuer`.
///
/// `SignedInfo` is signed in its canonical form, with `xmlns:ds` on it, and sent inside `Signature`, which declares it:
/// the one place where the bytes that are signed are not the bytes that are sent.
pub(super) fn enveloped_signature(
    canonical: &str,
    id: &str,
    signer: &dyn Sign,
) -> Result<String, WriteError> {
    let mut digest_value = [0u8; 44];
    let digest = digest(&SHA256, canonical.as_bytes());
    let signed_info = signed_info(
        id,
        encode(digest.as_ref(), &mut digest_value),
        signer.signature_algorithm(),
    )?;
    let signature_value = signer.sign(signed_info.as_bytes())?;
    let certificate = signer.certificate_der();

    let mut out = String::with_capacity(
        signed_info.len() + (signature_value.len() + certificate.len()) * 4 / 3 + 300,
    );
    out.push_str(SIGNATURE_OPEN);
    out.push_str(SIGNED_INFO_NAME);
    out.push_str(
        signed_info
            .strip_prefix(SIGNED_INFO_NAME)
            .and_then(|rest| rest.strip_prefix(SIGNED_INFO_NAMESPACE))
            .unwrap_or_default(),
    );
    out.push_str("<ds:SignatureValue>");
    STANDARD.encode_string(&signature_value, &mut out);
    out.push_str("</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>");
    STANDARD.encode_string(certificate, &mut out);
    out.push_str("</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>");
    Ok(out)
}

const SIGNATURE_OPEN: &str = r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">"#;
const SIGNED_INFO_NAME: &str = "<ds:SignedInfo";
const SIGNED_INFO_NAMESPACE: &str = r#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#""#;

fn signed_info(
    id: &str,
    digest_value: &str,
    algorithm: SignatureAlgorithm,
) -> Result<String, ForbiddenCharacter> {
    let reference = ["#", id].concat();
    let mut w = Writer::with_capacity(1024);
    w.start(&DSIG, "SignedInfo", &mut []);
    algorithm_element(&mut w, "CanonicalizationMethod", EXCLUSIVE_C14N);
    algorithm_element(&mut w, "SignatureMethod", algorithm.uri());
    w.start(&DSIG, "Reference", &mut [("URI", Some(&reference))]);
    w.start(&DSIG, "Transforms", &mut []);
    algorithm_element(&mut w, "Transform", ENVELOPED_SIGNATURE);
    algorithm_element(&mut w, "Transform", EXCLUSIVE_C14N);
    w.end();
    algorithm_element(&mut w, "DigestMethod", DIGEST_SHA256);
    w.element(&DSIG, "DigestValue", &mut [], digest_value);
    w.finish()
}

fn algorithm_element(w: &mut Writer, local: &'static str, uri: &str) {
    w.element(&DSIG, local, &mut [("Algorithm", Some(uri))], "");
}

/// Base64 into a buffer that fits a SHA-256 digest.
fn encode<'b>(digest: &[u8], buffer: &'b mut [u8; 44]) -> &'b str {
    STANDARD
        .encode_slice(digest, buffer)
        .ok()
        .and_then(|len| buffer.get(..len))
        .and_then(|encoded| std::str::from_utf8(encoded).ok())
        .unwrap_or_default()
}

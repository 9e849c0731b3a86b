//! Requests as service providers, and attackers, would make them: written by hand in canonical form and signed here, so
//! that no code of ours is on both sides of a test.

use std::io::Write as _;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use signet::protocol::saml::{
    AuthnRequest, ReceiveError, SignatureRequirement, decode_post, decode_redirect,
};

use super::keys::{RSA_SHA256, TestKey, rsa};

pub const SP: &str = "https://sp.example/metadata";
pub const ACS: &str = "https://sp.example/acs";
pub const SSO: &str = "https://idp.example/saml/sso";
pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
pub const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
pub const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";

/// Where the signature goes in a request of [`request_with`].
pub const MARK: &str = "{signature}";

pub const ISSUER: &str = concat!(
    r#"<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">"#,
    "https://sp.example/metadata</saml:Issuer>"
);

/// A request in canonical form with a place for a signature.
pub fn request_with(id: &str, acs: &str, behind_signature: &str) -> String {
    format!(
        concat!(
            r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" "#,
            r#"AssertionConsumerServiceURL="{}" Destination="{}" ID="{}" "#,
            r#"IssueInstant="2026-11-23T10:15:30Z" Version="2.0">{}{}{}</samlp:AuthnRequest>"#
        ),
        acs, SSO, id, ISSUER, MARK, behind_signature
    )
}

/// An unsigned request.
pub fn unsigned() -> String {
    request_with("_r1", ACS, "").replace(MARK, "")
}

/// How a signature is made; the default is how it should be.
pub struct Recipe {
    pub reference: String,
    pub transforms: String,
    pub signature_algorithm: String,
    pub digest_algorithm: String,
    pub canonicalization: String,
    /// Inside SignatureMethod.
    pub method_parameters: String,
    /// Further references, behind the first.
    pub more_references: String,
    /// Behind SignatureValue.
    pub key_info: String,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            reference: r##" URI="#_r1""##.into(),
            transforms: transforms(&[ENVELOPED, EXC_C14N]),
            signature_algorithm: RSA_SHA256.into(),
            digest_algorithm: SHA256.into(),
            canonicalization: EXC_C14N.into(),
            method_parameters: String::new(),
            more_references: String::new(),
            key_info: String::new(),
        }
    }
}

pub fn transforms(algorithms: &[&str]) -> String {
    let list: String = algorithms
        .iter()
        .map(|a| format!(r#"<ds:Transform Algorithm="{a}"></ds:Transform>"#))
        .collect();
    format!("<ds:Transforms>{list}</ds:Transforms>")
}

impl Recipe {
    /// The signature over a canonical text.
    pub fn sign(&self, canonical: &str, key: &TestKey) -> String {
        let algorithm = match self.digest_algorithm.as_str() {
            SHA384 => &digest::SHA384,
            SHA512 => &digest::SHA512,
            "http://www.w3.org/2000/09/xmldsig#sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            _ => &digest::SHA256,
        };
        let digest = STANDARD.encode(digest::digest(algorithm, canonical.as_bytes()));
        let info = format!(
            concat!(
                r#"><ds:CanonicalizationMethod Algorithm="{}"></ds:CanonicalizationMethod>"#,
                r#"<ds:SignatureMethod Algorithm="{}">{}</ds:SignatureMethod>"#,
                r#"<ds:Reference{}>{}<ds:DigestMethod Algorithm="{}"></ds:DigestMethod>"#,
                "<ds:DigestValue>{}</ds:DigestValue></ds:Reference>{}</ds:SignedInfo>"
            ),
            self.canonicalization,
            self.signature_algorithm,
            self.method_parameters,
            self.reference,
            self.transforms,
            self.digest_algorithm,
            digest,
            self.more_references
        );
        let signed = format!(r#"<ds:SignedInfo xmlns:ds="{DSIG}"{info}"#);
        let value = STANDARD.encode(key.sign_as(&self.signature_algorithm, signed.as_bytes()));
        format!(
            concat!(
                r#"<ds:Signature xmlns:ds="{}"><ds:SignedInfo{}"#,
                "<ds:SignatureValue>{}</ds:SignatureValue>{}</ds:Signature>"
            ),
            DSIG, info, value, self.key_info
        )
    }

    /// Signs a request that has the mark in it.
    pub fn signed(&self, request: &str, key: &TestKey) -> String {
        let signature = self.sign(&request.replace(MARK, ""), key);
        request.replace(MARK, &signature)
    }

    /// A request signed by this recipe with [`rsa`].
    pub fn request(&self) -> String {
        self.signed(&request_with("_r1", ACS, ""), rsa())
    }
}

/// A request signed as it should be.
pub fn signed() -> String {
    Recipe::default().request()
}

/// Receives by POST with the certificate of [`rsa`] registered.
pub fn post(xml: impl AsRef<[u8]>) -> Result<AuthnRequest, ReceiveError> {
    post_with(xml, &[rsa().certificate.clone()])
}

pub fn post_with(
    xml: impl AsRef<[u8]>,
    certificates: &[Vec<u8>],
) -> Result<AuthnRequest, ReceiveError> {
    decode_post(&STANDARD.encode(xml), None)?.verify(certificates, SignatureRequirement::Optional)
}

pub fn deflate(message: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap()
}

/// Percent-encodes everything but letters and digits.
pub fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// The value of `SAMLRequest` in a redirect query.
pub fn redirect_value(message: impl AsRef<[u8]>) -> String {
    escape(&STANDARD.encode(deflate(message.as_ref())))
}

/// Adds a signature to the parameters of a redirect query.
pub fn sign_query(parameters: &str, algorithm: &str, key: &TestKey) -> String {
    let octets = format!("{parameters}&SigAlg={}", escape(algorithm));
    let signature = STANDARD.encode(key.sign_as(algorithm, octets.as_bytes()));
    format!("{octets}&Signature={}", escape(&signature))
}

/// Receives by redirect with the certificate of [`rsa`] registered.
pub fn redirect(query: &str) -> Result<AuthnRequest, ReceiveError> {
    redirect_with(query, &[rsa().certificate.clone()])
}

pub fn redirect_with(query: &str, certificates: &[Vec<u8>]) -> Result<AuthnRequest, ReceiveError> {
    decode_redirect(query)?.verify(certificates, SignatureRequirement::Optional)
}

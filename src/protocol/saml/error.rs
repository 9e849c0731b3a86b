//! Why a request was refused: one variant for each rule.

use crate::protocol::xml::XmlError;

/// A piece of foreign input that is fit to be shown: escaped, and at most 120 characters of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    pub(super) fn new(text: &str) -> Self {
        let mut shown = String::new();
        for c in text.chars().take(120) {
            match c {
                '<' | '>' | '&' | '"' | '\'' | '\\' => shown.extend(c.escape_unicode()),
                ' '..='~' => shown.push(c),
                _ => shown.extend(c.escape_unicode()),
            }
        }
        Self(shown)
    }
}

impl std::fmt::Display for Excerpt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a request was refused. The texts are for the engineer at the service provider and say what to change; foreign
/// input is in them as an [`Excerpt`] or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    // Transport: SAML bindings, 3.4 and 3.5; security.md S-03, S-06.
    /// The query or form is larger than the limit.
    #[error("the request has more than {max} bytes of parameters")]
    QueryTooLarge {
        /// The limit.
        max: usize,
    },
    /// No `SAMLRequest`.
    #[error("the parameter SAMLRequest is missing")]
    MissingRequest,
    /// A parameter twice: which of them was signed, and which is read?
    #[error("the parameter {name} is there more than once")]
    RepeatedParameter {
        /// Which.
        name: &'static str,
    },
    /// A parameter whose name is spelt with percent escapes.
    #[error("the name of the parameter {name} must be sent without escapes")]
    EncodedParameterName {
        /// Which.
        name: &'static str,
    },
    /// A response or an artifact in a request.
    #[error("a request must not carry the parameter {name}")]
    ForeignParameter {
        /// Which.
        name: &'static str,
    },
    /// Escapes that are none, or that are not UTF-8.
    #[error("the parameter {name} is not percent-encoded UTF-8")]
    PercentEncoding {
        /// Which.
        name: &'static str,
    },
    /// A `SAMLEncoding` other than DEFLATE.
    #[error("SAMLEncoding is \"{0}\"; the only encoding is DEFLATE")]
    UnknownEncoding(Excerpt),
    /// RelayState over 80 bytes (SAML bindings, 3.4.3 and 3.5.3).
    #[error("RelayState has more than {max} bytes, the most that SAML allows")]
    RelayStateTooLong {
        /// The limit.
        max: usize,
    },
    /// RelayState with a control character.
    #[error("RelayState has a control character")]
    RelayStateControlCharacter,
    /// Not strict base64.
    #[error(
        "{name} is not base64 (standard alphabet, padded, no white space; in a query '+' must be sent as %2B)"
    )]
    Base64 {
        /// Which parameter.
        name: &'static str,
    },
    /// The message is larger than the limit, before or after inflating.
    #[error("the message has more than {max} bytes")]
    MessageTooLarge {
        /// The limit.
        max: usize,
    },
    /// Not a DEFLATE stream, or a truncated one.
    #[error(
        "SAMLRequest is not a complete DEFLATE stream (raw, RFC 1951, without zlib or gzip header)"
    )]
    Deflate,
    /// Octets behind the DEFLATE stream.
    #[error("SAMLRequest has octets behind the end of its DEFLATE stream")]
    DeflateTrailingData,
    /// Deflated twice.
    #[error("SAMLRequest is deflated more than once; deflate it once")]
    DoublyDeflated,
    /// `Signature` without `SigAlg`, or the other way round, or one of them empty.
    #[error(
        "a signed redirect request needs both Signature and SigAlg; {missing} is missing or empty"
    )]
    PartialSignature {
        /// Which is missing.
        missing: &'static str,
    },
    /// An XML signature in a redirect message (SAML bindings, 3.4.4.1: it must be removed).
    #[error("a redirect request is signed in its query; remove the ds:Signature from the message")]
    SignatureInRedirect,
    /// A signature in the form beside the message (SAML bindings, HTTP-POST-SimpleSign): it would be passed over.
    #[error(
        "the form has {name}, as in HTTP-POST-SimpleSign, which is not offered; sign inside the message (HTTP-POST) or use HTTP-Redirect"
    )]
    SimpleSign {
        /// The first such field.
        name: &'static str,
    },
    /// The document was refused.
    #[error(transparent)]
    Xml(#[from] XmlError),

    // Syntax of the AuthnRequest: SAML core, 3.2.1 and 3.4.1.
    /// The root is not `samlp:AuthnRequest`.
    #[error("the message is not a samlp:AuthnRequest of SAML 2.0")]
    NotAuthnRequest,
    /// `Version` is not 2.0.
    #[error("Version must be \"2.0\"")]
    Version,
    /// `ID` is missing or not an XML name.
    #[error("ID must be an XML name of 1 to 256 characters, beginning with a letter or '_'")]
    Id,
    /// Two elements have the same id, or an element has two.
    #[error("two ID attributes of the message have the same value")]
    DuplicateId,
    /// `IssueInstant` is missing or no time.
    #[error("IssueInstant must be a time in UTC such as 2026-01-31T12:00:00Z")]
    IssueInstant,
    /// An element that an AuthnRequest does not have.
    #[error("the AuthnRequest has an element that SAML does not define there: {0}")]
    UnexpectedElement(Excerpt),
    /// An element twice.
    #[error("the AuthnRequest has more than one {name}")]
    RepeatedElement {
        /// Which.
        name: &'static str,
    },
    /// Text between the elements.
    #[error("there is text between the elements of {name}")]
    StrayText {
        /// In which element.
        name: &'static str,
    },
    /// A value with markup inside.
    #[error("{name} must be plain text, without elements, comments or CDATA sections in it")]
    NotPlainText {
        /// Which.
        name: &'static str,
    },
    /// No issuer.
    #[error("the AuthnRequest has no Issuer")]
    IssuerMissing,
    /// The issuer is not an entity id.
    #[error("Issuer must be the entity id: a URI of 1 to 1,024 characters without white space")]
    Issuer,
    /// The issuer has another format than entity, or qualifiers (SAML core, 8.3.6).
    #[error(
        "Issuer must be an entity id: leave out Format, NameQualifier, SPNameQualifier and SPProvidedID"
    )]
    IssuerFormat,
    /// Both ways to name the assertion consumer service.
    #[error(
        "AssertionConsumerServiceURL and AssertionConsumerServiceIndex exclude each other; send one of them"
    )]
    AcsUrlAndIndex,
    /// The index is no `xs:unsignedShort`.
    #[error("AssertionConsumerServiceIndex must be a number from 0 to 65535")]
    AcsIndex,
    /// Not an `xs:boolean`.
    #[error("{name} must be true or false")]
    Boolean {
        /// Which attribute.
        name: &'static str,
    },
    /// An unknown comparison.
    #[error("Comparison must be exact, minimum, maximum or better")]
    Comparison,
    /// A RequestedAuthnContext that asks for nothing, or for classes and declarations at once.
    #[error(
        "RequestedAuthnContext must have AuthnContextClassRef or AuthnContextDeclRef elements, not both"
    )]
    RequestedAuthnContext,
    /// A Subject other than one NameID.
    #[error("Subject is supported with exactly one NameID, without encryption or confirmation")]
    Subject,

    // Signature: facts/saml.md 5 C; security.md S-04 to S-06.
    /// Not signed, and must be.
    #[error(
        "the request is not signed, and this service provider is registered to sign its requests"
    )]
    Unsigned,
    /// Signed, and no certificate is registered.
    #[error(
        "the request is signed, and no signing certificate is registered for this service provider; register it from its metadata"
    )]
    NoCertificate,
    /// None of the registered certificates can be used.
    #[error(
        "none of the registered signing certificates has a usable key (RSA of 2,048 bits and more, P-256, P-384)"
    )]
    NoUsableCertificate,
    /// More than one signature.
    #[error("the message has more than one ds:Signature")]
    SeveralSignatures,
    /// The signature is not where it belongs.
    #[error("ds:Signature must be a child of the AuthnRequest itself")]
    SignaturePosition,
    /// The signature's structure.
    #[error("ds:Signature does not have the structure that SAML asks for: {what}")]
    SignatureStructure {
        /// What is wrong.
        what: &'static str,
    },
    /// Not exactly one reference.
    #[error("ds:SignedInfo must have exactly one Reference")]
    ReferenceCount,
    /// The reference is to something else than the message.
    #[error("the signature's Reference must be \"#\" and the ID of the AuthnRequest")]
    ReferenceUri,
    /// Other transforms.
    #[error(
        "the signature's transforms must be enveloped-signature and exclusive canonicalization, in this order"
    )]
    Transforms,
    /// Another canonicalisation.
    #[error("CanonicalizationMethod must be http://www.w3.org/2001/10/xml-exc-c14n#")]
    Canonicalization,
    /// The list of inclusive prefixes is misused.
    #[error("InclusiveNamespaces may be there once, with a short PrefixList")]
    InclusiveNamespaces,
    /// A signature algorithm that is not on the list.
    #[error(
        "the signature algorithm \"{0}\" is not accepted; use rsa-sha256, rsa-sha384, rsa-sha512, ecdsa-sha256 or ecdsa-sha384"
    )]
    SignatureAlgorithm(Excerpt),
    /// A digest algorithm that is not on the list.
    #[error("the digest algorithm \"{0}\" is not accepted; use sha256, sha384 or sha512")]
    DigestAlgorithm(Excerpt),
    /// The signature does not verify.
    #[error(
        "the signature does not verify with any registered certificate of this service provider"
    )]
    SignatureInvalid,
    /// The signature verifies, but over something else than the message.
    #[error("the signature does not cover the AuthnRequest")]
    SignatureCoverage,
}

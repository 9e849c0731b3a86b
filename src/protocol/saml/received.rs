//! A request that has been received and not verified, and the one way from it to an [`AuthnRequest`].

use super::authn_request::{AuthnRequest, Signed, read_id, read_issuer};
use super::certificate::VerificationKey;
use super::decode::{MAX_MESSAGE_BYTES, MAX_QUERY_BYTES, base64, check_relay_state, inflate};
use super::enveloped::{check_unique_ids, find_signature, verify};
use super::error::{Excerpt, ReceiveError};
use super::names::{ENCODING_DEFLATE, PROTOCOL};
use super::query::{
    Parameters, RELAY_STATE, REQUEST, SIGNATURE, SIGNATURE_ALGORITHM, decode_value,
};
use super::redirect_signature::RedirectSignature;
use crate::model::EntityId;
use crate::protocol::xml::{Limits, Tree};

/// Whether the registration wants the request signed. A signature that is there is verified in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureRequirement {
    /// An unsigned request is refused.
    Required,
    /// An unsigned request is accepted; a bad signature is not (SDP-IDP05).
    Optional,
}

/// A well-formed request of which nothing is known to be true. Its issuer says whose certificates to verify with.
pub struct Received {
    tree: Tree,
    id: String,
    issuer: EntityId,
    relay_state: Option<String>,
    transport: Transport,
}

enum Transport {
    Redirect(Option<RedirectSignature>),
    Post,
}

impl Received {
    /// The issuer that the message claims, for looking up its registration. Nothing else may be done with it.
    pub fn issuer(&self) -> &EntityId {
        &self.issuer
    }

    /// RelayState, to be echoed with the response and never interpreted.
    pub fn relay_state(&self) -> Option<&str> {
        self.relay_state.as_deref()
    }

    /// Verifies with the certificates (DER) that are registered for the issuer, and reads the request.
    ///
    /// # Errors
    /// [`ReceiveError`] with the rule that was broken; a signature that is there and does not verify is refused whatever
    /// the requirement.
    pub fn verify(
        self,
        certificates: &[Vec<u8>],
        requirement: SignatureRequirement,
    ) -> Result<AuthnRequest, ReceiveError> {
        let signature = find_signature(&self.tree)?;
        let signed = match (&self.transport, signature) {
            (Transport::Redirect(_), Some(_)) => return Err(ReceiveError::SignatureInRedirect),
            (Transport::Redirect(Some(signature)), None) => {
                signature.verify(&usable_keys(certificates)?)?;
                Signed::Yes
            }
            (Transport::Post, Some(signature)) => {
                verify(&self.tree, signature, &self.id, &usable_keys(certificates)?)?;
                Signed::Yes
            }
            (Transport::Redirect(None) | Transport::Post, None) => Signed::No,
        };
        if signed == Signed::No && requirement == SignatureRequirement::Required {
            return Err(ReceiveError::Unsigned);
        }
        AuthnRequest::read(&self.tree, self.id, self.issuer, signed)
    }

    fn parse(
        message: &[u8],
        relay_state: Option<String>,
        transport: Transport,
    ) -> Result<Self, ReceiveError> {
        let tree = Tree::parse(message, Limits::MESSAGE)?;
        if !tree.is(tree.root(), PROTOCOL.uri, "AuthnRequest") {
            return Err(ReceiveError::NotAuthnRequest);
        }
        let id = read_id(&tree)?;
        check_unique_ids(&tree)?;
        let issuer = read_issuer(&tree)?;
        Ok(Self {
            tree,
            id,
            issuer,
            relay_state,
            transport,
        })
    }
}

/// Without the message: it is foreign input, and logs must not fill with it.
impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Received")
            .field("issuer", &Excerpt::new(self.issuer.as_str()))
            .finish_non_exhaustive()
    }
}

/// The keys of the registered certificates. One that cannot be used does not hinder the others.
fn usable_keys(certificates: &[Vec<u8>]) -> Result<Vec<VerificationKey>, ReceiveError> {
    if certificates.is_empty() {
        return Err(ReceiveError::NoCertificate);
    }
    let keys: Vec<_> = certificates
        .iter()
        .filter_map(|der| VerificationKey::from_certificate(der).ok())
        .collect();
    if keys.is_empty() {
        return Err(ReceiveError::NoUsableCertificate);
    }
    Ok(keys)
}

/// Decodes a request of the HTTP-Redirect binding from the raw query, without the `?` (SAML bindings, 3.4).
///
/// # Errors
/// [`ReceiveError`] with the rule that was broken.
pub fn decode_redirect(raw_query: &str) -> Result<Received, ReceiveError> {
    let parameters = Parameters::split(raw_query, MAX_QUERY_BYTES)?;
    let request = parameters.request.ok_or(ReceiveError::MissingRequest)?;
    if let Some(encoding) = parameters.encoding {
        let encoding = decode_value(encoding, "SAMLEncoding")?;
        if encoding != ENCODING_DEFLATE {
            return Err(ReceiveError::UnknownEncoding(Excerpt::new(&encoding)));
        }
    }
    let relay_state = decoded_relay_state(&parameters)?;
    let signature = RedirectSignature::from_parameters(&parameters)?;
    let deflated = base64(&decode_value(request, REQUEST)?, REQUEST)?;
    let message = inflate(&deflated)?;
    Received::parse(&message, relay_state, Transport::Redirect(signature))
}

/// Decodes a request of the HTTP-POST binding from the raw form body (SAML bindings, 3.5), each parameter at most once.
///
/// # Errors
/// [`ReceiveError`] with the rule that was broken.
pub fn decode_post_form(raw_body: &str) -> Result<Received, ReceiveError> {
    let parameters = Parameters::split(raw_body, MAX_FORM_BYTES)?;
    let request = parameters.request.ok_or(ReceiveError::MissingRequest)?;
    for (name, value) in [
        (SIGNATURE_ALGORITHM, parameters.signature_algorithm),
        (SIGNATURE, parameters.signature),
    ] {
        if value.is_some() {
            return Err(ReceiveError::SimpleSign { name });
        }
    }
    let relay_state = decoded_relay_state(&parameters)?;
    decode_post(&decode_value(request, REQUEST)?, relay_state.as_deref())
}

/// Decodes a request of the HTTP-POST binding from its form fields. The caller has made sure that each was there once;
/// [`decode_post_form`] does that itself.
///
/// # Errors
/// [`ReceiveError`] with the rule that was broken.
pub fn decode_post(
    saml_request: &str,
    relay_state: Option<&str>,
) -> Result<Received, ReceiveError> {
    if saml_request.len() > MAX_BASE64_BYTES {
        return Err(ReceiveError::MessageTooLarge {
            max: MAX_MESSAGE_BYTES,
        });
    }
    if let Some(relay_state) = relay_state {
        check_relay_state(relay_state)?;
    }
    let message = base64(saml_request, REQUEST)?;
    Received::parse(&message, relay_state.map(str::to_owned), Transport::Post)
}

/// The largest message in base64.
const MAX_BASE64_BYTES: usize = MAX_MESSAGE_BYTES.div_ceil(3) * 4;
/// The largest form: a message of which every character is escaped, and room for the rest.
const MAX_FORM_BYTES: usize = MAX_BASE64_BYTES * 3 + 4096;

fn decoded_relay_state(parameters: &Parameters<'_>) -> Result<Option<String>, ReceiveError> {
    let Some(raw) = parameters.relay_state else {
        return Ok(None);
    };
    let relay_state = decode_value(raw, RELAY_STATE)?;
    check_relay_state(&relay_state)?;
    Ok(Some(relay_state.into_owned()))
}

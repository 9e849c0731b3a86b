//! Our own metadata (SAML metadata, 2.3.2 and 2.4.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::names::{BINDING_POST, BINDING_REDIRECT, DSIG, METADATA, PROTOCOL};
use super::sign::{Sign, WriteError, check_id, enveloped_signature};
use crate::model::{NameIdFormat, Timestamp};
use crate::protocol::xml::Writer;

/// What AWS IAM Identity Center takes (facts: 75,000 characters); the smallest limit among the consumers.
pub const MAX_METADATA_CHARACTERS: usize = 75_000;

/// Whether the identity provider wants requests signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestSigning {
    /// Every request.
    Wanted,
    /// As each service provider is registered.
    NotWanted,
}

/// What our metadata says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpMetadata {
    /// The document's id: an XML name.
    pub id: String,
    /// Our entity id.
    pub entity_id: String,
    /// Where requests go, by HTTP-Redirect and by HTTP-POST.
    pub sso_url: String,
    /// The signing certificates, DER: the active one first, then those that are published before and after their use.
    pub certificates: Vec<Vec<u8>>,
    /// Until when the document may be used. AWS copies it as the provider's end: leave it out, or set it far.
    pub valid_until: Option<Timestamp>,
    /// Whether requests are wanted signed.
    pub authn_requests: RequestSigning,
}

/// Writes and signs our metadata.
///
/// # Errors
/// [`WriteError`] when there is no certificate, the result is too large for AWS, a text cannot be in XML, or the key fails.
pub fn write_idp_metadata(metadata: &IdpMetadata, signer: &dyn Sign) -> Result<String, WriteError> {
    check_id(&metadata.id)?;
    if metadata.certificates.is_empty() {
        return Err(WriteError::NoCertificate);
    }
    let valid_until = metadata.valid_until.map(Timestamp::to_xs_date_time);
    let mut w = Writer::with_capacity(16 * 1024);
    w.start(
        &METADATA,
        "EntityDescriptor",
        &mut [
            ("ID", Some(&metadata.id)),
            ("entityID", Some(&metadata.entity_id)),
            ("validUntil", valid_until.as_deref()),
        ],
    );
    let signature_goes_here = w.position();
    write_descriptor(&mut w, metadata);
    w.end();
    let mut xml = w.finish()?;
    let signature = enveloped_signature(&xml, &metadata.id, signer)?;
    xml.insert_str(signature_goes_here, &signature);

    let characters = xml.chars().count();
    if characters > MAX_METADATA_CHARACTERS {
        return Err(WriteError::MetadataTooLarge {
            characters,
            max: MAX_METADATA_CHARACTERS,
        });
    }
    Ok(xml)
}

fn write_descriptor(w: &mut Writer, metadata: &IdpMetadata) {
    let wants_signed = match metadata.authn_requests {
        RequestSigning::Wanted => "true",
        RequestSigning::NotWanted => "false",
    };
    w.start(
        &METADATA,
        "IDPSSODescriptor",
        &mut [
            ("WantAuthnRequestsSigned", Some(wants_signed)),
            ("protocolSupportEnumeration", Some(PROTOCOL.uri)),
        ],
    );
    for certificate in &metadata.certificates {
        w.start(&METADATA, "KeyDescriptor", &mut [("use", Some("signing"))]);
        w.start(&DSIG, "KeyInfo", &mut []);
        w.start(&DSIG, "X509Data", &mut []);
        w.element(
            &DSIG,
            "X509Certificate",
            &mut [],
            &STANDARD.encode(certificate),
        );
        w.end();
        w.end();
        w.end();
    }
    for format in NameIdFormat::ALL {
        w.element(&METADATA, "NameIDFormat", &mut [], format.uri());
    }
    for binding in [BINDING_REDIRECT, BINDING_POST] {
        w.element(
            &METADATA,
            "SingleSignOnService",
            &mut [
                ("Binding", Some(binding)),
                ("Location", Some(&metadata.sso_url)),
            ],
            "",
        );
    }
    w.end();
}

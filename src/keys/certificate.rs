//! Self-signed certificates of the SAML keys: a way to carry a public key (SAML metadata, lines 1206-1216); nobody
//! builds a chain on them.

use aws_lc_rs::digest;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, KeyUsagePurpose, SerialNumber};
use time::OffsetDateTime;

use super::KeysError;
use crate::entropy::Entropy;
use crate::model::Timestamp;

/// X.520's upper bound of a common name; longer hosts are named by their hash.
const LONGEST_COMMON_NAME: usize = 64;

/// Whom and when a certificate names.
pub(super) struct Subject<'a> {
    pub(super) host: &'a str,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

/// A certificate over a PKCS #8 key, in DER, with a random positive serial number of 16 octets (RFC 5280, 4.1.2.2).
pub(super) fn self_signed(
    pkcs8: &[u8],
    subject: &Subject<'_>,
    entropy: &Entropy,
) -> Result<Vec<u8>, KeysError> {
    let failed = |_| KeysError::Crypto("a certificate could not be made");
    let pair = KeyPair::try_from(pkcs8).map_err(failed)?;
    let mut serial = entropy.octets::<16>();
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name(subject.host));
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = date(subject.not_before)?;
    params.not_after = date(subject.not_after)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let certificate = params.self_signed(&pair).map_err(failed)?;
    Ok(certificate.der().to_vec())
}

fn common_name(host: &str) -> String {
    if host.len() <= LONGEST_COMMON_NAME {
        return host.to_owned();
    }
    hex::encode(digest::digest(&digest::SHA256, host.as_bytes()))
}

fn date(at: Timestamp) -> Result<OffsetDateTime, KeysError> {
    OffsetDateTime::from_unix_timestamp(at.as_seconds())
        .map_err(|_| KeysError::Crypto("a certificate cannot name this time"))
}

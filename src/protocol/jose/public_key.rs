//! Public keys that verify tokens: RSA and P-256, nothing else. A key has one algorithm, so that a token cannot choose
//! another for it (RFC 8725, section 3.1: an HMAC under a public key was the classic forgery).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use super::sign::Algorithm;

/// The fewest bits of an RSA modulus (RFC 7518, section 3.3).
const MIN_RSA_BITS: usize = 2_048;
/// The most: a larger one only costs time.
const MAX_RSA_BITS: usize = 8_192;
/// An uncompressed point on P-256: 0x04, x and y.
const POINT_OCTETS: usize = 65;
const COORDINATE_OCTETS: usize = 32;

/// Why a public key is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is none, or not of a kind that is used.
    #[error("this is not a public key for RSA or P-256")]
    Malformed,
    /// RSA with too few or too many bits.
    #[error("an RSA key must have 2,048 to 8,192 bits")]
    RsaSize,
    /// RSA with an exponent or a modulus that makes no key.
    #[error("the RSA key's modulus and exponent must be odd, and the exponent 3 to 4,294,967,295")]
    RsaParameters,
    /// Coordinates that are no point of the curve.
    #[error("x and y are not a point on P-256")]
    Point,
}

/// A public key, parsed once.
#[derive(Debug, Clone)]
pub struct PublicKey {
    parsed: ParsedPublicKey,
    pub(super) parameters: Parameters,
}

/// What a JWK carries of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parameters {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { x: Vec<u8>, y: Vec<u8> },
}

impl PublicKey {
    /// From a SubjectPublicKeyInfo in DER, as the key ring keeps it.
    ///
    /// # Errors
    /// [`KeyError`] when it is of another kind or too weak.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        if let Ok(parsed) = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, der) {
            let canonical: PublicKeyX509Der<'_> =
                parsed.as_der().map_err(|_| KeyError::Malformed)?;
            let octets = canonical.as_ref();
            let point = octets
                .len()
                .checked_sub(POINT_OCTETS)
                .and_then(|start| octets.get(start..))
                .ok_or(KeyError::Malformed)?;
            let (x, y) = split_point(point).ok_or(KeyError::Malformed)?;
            return Self::p256(x, y);
        }
        let key = rsa::PublicKey::from_der(der).map_err(|_| KeyError::Malformed)?;
        let (n, e) = rsa_parameters(key.as_ref()).ok_or(KeyError::Malformed)?;
        Self::rsa(n, e)
    }

    /// From a JWK's `n` and `e`, big-endian without leading zeros (RFC 7518, section 6.3.1).
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        check_rsa(n, e)?;
        let parsed = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| KeyError::Malformed)?;
        // The components alone are not checked by the library: parsing the encoded key does that.
        rsa::PublicKey::from_der(parsed.as_ref()).map_err(|_| KeyError::RsaParameters)?;
        Ok(Self {
            parsed,
            parameters: Parameters::Rsa {
                n: n.to_vec(),
                e: e.to_vec(),
            },
        })
    }

    /// From a JWK's `x` and `y`, 32 octets each (RFC 7518, section 6.2.1).
    pub(super) fn p256(x: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        if x.len() != COORDINATE_OCTETS || y.len() != COORDINATE_OCTETS {
            return Err(KeyError::Point);
        }
        let point = [&[0x04], x, y].concat();
        let parsed =
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyError::Point)?;
        Ok(Self {
            parsed,
            parameters: Parameters::P256 {
                x: x.to_vec(),
                y: y.to_vec(),
            },
        })
    }

    /// The one algorithm that it verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self.parameters {
            Parameters::Rsa { .. } => Algorithm::Rs256,
            Parameters::P256 { .. } => Algorithm::Es256,
        }
    }

    /// Whether the signature is this key's over the message.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

/// A key under its id.
#[derive(Debug, Clone)]
pub struct VerificationKey {
    /// `kid`; none only where it is the only key of its set.
    pub key_id: Option<String>,
    /// The key.
    pub key: PublicKey,
}

/// The keys of one party: a client's registered ones, or those that Signet published.
#[derive(Debug, Clone, Default)]
pub struct VerificationKeys {
    keys: Vec<VerificationKey>,
}

impl VerificationKeys {
    /// The keys that Signet published and still trusts: ids and SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`KeyError`] when one is no key.
    pub fn published<'k>(
        keys: impl IntoIterator<Item = (&'k str, &'k [u8])>,
    ) -> Result<Self, KeyError> {
        let keys = keys.into_iter().map(|(key_id, der)| {
            Ok(VerificationKey {
                key_id: Some(key_id.to_owned()),
                key: PublicKey::from_spki_der(der)?,
            })
        });
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn new(keys: Vec<VerificationKey>) -> Self {
        Self { keys }
    }

    /// The keys, in the set's order.
    pub fn iter(&self) -> impl Iterator<Item = &VerificationKey> {
        self.keys.iter()
    }

    /// The key that a token names. A set's only key needs no name; a name that is not registered is no key, whatever
    /// stands in it (paths and SQL in `kid` reach nothing: it is compared, never looked up elsewhere).
    pub(super) fn find(&self, key_id: Option<&str>) -> Option<&PublicKey> {
        let found = match (self.keys.as_slice(), key_id) {
            ([only], None) => Some(only),
            ([only], Some(_)) if only.key_id.is_none() => Some(only),
            (keys, Some(key_id)) => keys.iter().find(|k| k.key_id.as_deref() == Some(key_id)),
            (_, None) => None,
        };
        found.map(|k| &k.key)
    }
}

fn check_rsa(n: &[u8], e: &[u8]) -> Result<(), KeyError> {
    let bits = match n.first() {
        None | Some(0) => return Err(KeyError::RsaSize),
        Some(first) => n
            .len()
            .saturating_mul(8)
            .saturating_sub(usize::try_from(first.leading_zeros()).map_err(|_| KeyError::RsaSize)?),
    };
    if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
        return Err(KeyError::RsaSize);
    }
    let is_odd = |octets: &[u8]| octets.last().is_some_and(|last| last % 2 == 1);
    let small = e == [1] || e.first() == Some(&0);
    if e.len() > 4 || small || !is_odd(e) || !is_odd(n) {
        return Err(KeyError::RsaParameters);
    }
    Ok(())
}

fn split_point(point: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x04, coordinates) = point.split_first().map(|(first, rest)| (*first, rest))? else {
        return None;
    };
    coordinates.split_at_checked(COORDINATE_OCTETS)
}

/// Modulus and exponent of an RSAPublicKey (RFC 8017, appendix A.1.1), whose DER the library has just written.
fn rsa_parameters(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, []) = element(der, 0x30)? else {
        return None;
    };
    let (n, rest) = element(sequence, 0x02)?;
    let (e, []) = element(rest, 0x02)? else {
        return None;
    };
    Some((unsigned(n), unsigned(e)))
}

/// An INTEGER's octets without the zero that keeps it positive.
fn unsigned(integer: &[u8]) -> &[u8] {
    match integer.split_first() {
        Some((0, rest)) if !rest.is_empty() => rest,
        _ => integer,
    }
}

/// One element of DER with this tag: its content, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    if *found != tag {
        return None;
    }
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 | 0x82 => {
            let (octets, rest) = rest.split_at_checked(usize::from(*first & 0x0f))?;
            let length = octets
                .iter()
                .fold(0usize, |sum, octet| sum << 8 | usize::from(*octet));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

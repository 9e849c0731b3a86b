//! A client's JWK Set, as it is registered (RFC 7517, section 5; RFC 7591, `jwks`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::json::{JsonError, parse_object};
use super::public_key::{KeyError, PublicKey, VerificationKey, VerificationKeys};

/// The most octets of a client's JWK Set.
pub const MAX_JWK_SET_BYTES: usize = 32 * 1024;
/// The most keys in one: enough for a rotation in which several are retired.
pub const MAX_REGISTERED_KEYS: usize = 16;
const MAX_KEY_ID_BYTES: usize = 256;

/// Members of a private or symmetric key (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a client's JWK Set cannot be registered. Keys are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisteredKeysError {
    /// Too large.
    #[error("the JWK Set has more than {MAX_JWK_SET_BYTES} bytes; leave out x5c and retired keys")]
    TooLarge,
    /// Not JSON.
    #[error("the JWK Set cannot be read: {0}")]
    Json(#[from] JsonError),
    /// No `keys`, or none or too many in it.
    #[error(
        "a JWK Set is an object whose member \"keys\" is an array of 1 to {MAX_REGISTERED_KEYS} keys"
    )]
    Keys,
    /// A private key was sent.
    #[error(
        "key {number} has the private member \"{member}\": register the public half alone, and replace this key, because it has been disclosed"
    )]
    PrivateKey {
        /// Which key.
        number: usize,
        /// The member that gave it away.
        member: &'static str,
    },
    /// A kind of key that is not taken.
    #[error("key {number} must have kty \"RSA\", or kty \"EC\" with crv \"P-256\"")]
    Kind {
        /// Which key.
        number: usize,
    },
    /// Not for signatures, or for another algorithm.
    #[error(
        "key {number} must be for signatures: leave out use, key_ops and alg, or set use \"sig\", key_ops [\"verify\"] and alg \"RS256\" (RSA) or \"ES256\" (EC)"
    )]
    Usage {
        /// Which key.
        number: usize,
    },
    /// A member that is not strict base64url.
    #[error("key {number}: \"{member}\" must be there, in base64url without padding")]
    Member {
        /// Which key.
        number: usize,
        /// Which member.
        member: &'static str,
    },
    /// The key itself is refused.
    #[error("key {number}: {error}")]
    Key {
        /// Which key.
        number: usize,
        /// Why.
        error: KeyError,
    },
    /// No `kid` where there are several keys, or one that is too long.
    #[error(
        "key {number} needs a \"kid\" of 1 to {MAX_KEY_ID_BYTES} bytes, because the set has several keys"
    )]
    KeyId {
        /// Which key.
        number: usize,
    },
    /// Two keys with the same id: a token could not say which.
    #[error("key {number} has a \"kid\" that another key of the set has")]
    RepeatedKeyId {
        /// Which key.
        number: usize,
    },
}

/// Reads a client's JWK Set: RSA of 2,048 bits and more and P-256, public halves alone, each under its own `kid`.
///
/// # Errors
/// [`RegisteredKeysError`] with the key and the rule that was broken.
pub fn parse_registered_keys(json: &[u8]) -> Result<VerificationKeys, RegisteredKeysError> {
    if json.len() > MAX_JWK_SET_BYTES {
        return Err(RegisteredKeysError::TooLarge);
    }
    let set = parse_object(json)?;
    let entries = match set.get("keys") {
        Some(Value::Array(entries)) if (1..=MAX_REGISTERED_KEYS).contains(&entries.len()) => {
            entries
        }
        _ => return Err(RegisteredKeysError::Keys),
    };
    let mut keys: Vec<VerificationKey> = Vec::new();
    for (number, entry) in (1..).zip(entries) {
        let Value::Object(jwk) = entry else {
            return Err(RegisteredKeysError::Kind { number });
        };
        let key = read_key(number, jwk)?;
        let key_id = read_key_id(number, jwk, entries.len())?;
        if key_id.is_some() && keys.iter().any(|k| k.key_id == key_id) {
            return Err(RegisteredKeysError::RepeatedKeyId { number });
        }
        keys.push(VerificationKey { key_id, key });
    }
    Ok(VerificationKeys::new(keys))
}

fn read_key(number: usize, jwk: &Map<String, Value>) -> Result<PublicKey, RegisteredKeysError> {
    if let Some(member) = PRIVATE_MEMBERS.into_iter().find(|m| jwk.contains_key(*m)) {
        return Err(RegisteredKeysError::PrivateKey { number, member });
    }
    let key = match (text(jwk, "kty"), text(jwk, "crv")) {
        (Some("RSA"), None) => {
            PublicKey::rsa(&octets(number, jwk, "n")?, &octets(number, jwk, "e")?)
        }
        (Some("EC"), Some("P-256")) => {
            PublicKey::p256(&octets(number, jwk, "x")?, &octets(number, jwk, "y")?)
        }
        _ => return Err(RegisteredKeysError::Kind { number }),
    };
    let key = key.map_err(|error| RegisteredKeysError::Key { number, error })?;
    if for_signatures(jwk, &key) {
        Ok(key)
    } else {
        Err(RegisteredKeysError::Usage { number })
    }
}

/// `use`, `key_ops` and `alg` may be absent, and must otherwise allow what the key is registered for.
fn for_signatures(jwk: &Map<String, Value>, key: &PublicKey) -> bool {
    let absent_or = |name, wanted: &str| match jwk.get(name) {
        None => true,
        Some(value) => value.as_str() == Some(wanted),
    };
    let operations = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|o| o == "verify"),
        Some(_) => false,
    };
    absent_or("use", "sig") && absent_or("alg", key.algorithm().as_str()) && operations
}

fn read_key_id(
    number: usize,
    jwk: &Map<String, Value>,
    keys: usize,
) -> Result<Option<String>, RegisteredKeysError> {
    match jwk.get("kid") {
        None if keys == 1 => Ok(None),
        Some(Value::String(kid)) if (1..=MAX_KEY_ID_BYTES).contains(&kid.len()) => {
            Ok(Some(kid.clone()))
        }
        _ => Err(RegisteredKeysError::KeyId { number }),
    }
}

fn text<'j>(jwk: &'j Map<String, Value>, member: &str) -> Option<&'j str> {
    jwk.get(member).and_then(Value::as_str)
}

fn octets(
    number: usize,
    jwk: &Map<String, Value>,
    member: &'static str,
) -> Result<Vec<u8>, RegisteredKeysError> {
    text(jwk, member)
        .filter(|text| !text.is_empty())
        .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
        .ok_or(RegisteredKeysError::Member { number, member })
}

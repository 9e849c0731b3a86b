//! JOSE: signed tokens as octets (RFC 7515, 7517, 7518, 7519; best practice RFC 8725).
//!
//! Owns the compact JWS, written and verified, and keys as JWK. Pure: keys, times and claims are passed in. What the
//! claims of a token mean is `protocol::oauth`'s; whether the token may be used is decided above. Imports `model` alone.
//!
//! Sending: [`write_jws`] assembles the token and signs with a [`Sign`]; [`JwkSet`] publishes the public halves.
//!
//! Receiving: [`verify_jws`] is the one way from a text to [`VerifiedClaims`]. It enforces, for each use, `typ`,
//! algorithm, `crit` and `kid`, which no library did for us: the key comes from a registration alone, the algorithm from
//! the key, never from the token. [`verify_own_token`] does so for what Signet itself issued.

mod json;
mod jwk;
mod own_token;
mod public_key;
mod registered;
mod sign;
mod verify;

pub use json::{JsonError, parse_object};
pub use jwk::{Jwk, JwkSet};
pub use own_token::{Expiry, OwnToken, verify_own_token};
pub use public_key::{KeyError, PublicKey, VerificationKey, VerificationKeys};
pub use registered::{
    MAX_JWK_SET_BYTES, MAX_REGISTERED_KEYS, RegisteredKeysError, parse_registered_keys,
};
pub use sign::{Algorithm, Sign, SignError, TokenType, WriteJwsError, write_jws};
pub use verify::{
    Expected, ExpectedType, JoseError, MAX_TOKEN_BYTES, VerifiedClaims, claimed_subject, verify_jws,
};

//! A signed token of the provider's: its form, and its signature by a key of the provider's set (RFC 7515, RFC 7518).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// The longest token that is read.
const MAX_LENGTH: usize = 16_384;
/// More keys than AWS reads of either kind are no set of keys.
const MAX_KEYS: usize = 200;

/// Why a token proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum JwtProblem {
    #[error("the token is not three parts of base64url with JSON in them: {what}")]
    Form { what: &'static str },
    #[error("the token is signed with {found:?}, and only RS256 and ES256 are taken")]
    Algorithm { found: String },
    #[error("the token is of the type {found:?}")]
    Type { found: String },
    #[error("the token has a critical extension, and none is known here")]
    Critical,
    #[error("the provider's set of keys cannot be read")]
    KeySet,
    #[error("the provider has no key {kid:?} for {algorithm}")]
    UnknownKey {
        kid: String,
        algorithm: &'static str,
    },
    #[error(
        "the signature does not verify: the token was changed, or the key is not the provider's"
    )]
    Signature,
}

impl JwtProblem {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Form { .. } => "malformed_token",
            Self::Algorithm { .. } => "unsupported_algorithm",
            Self::Type { .. } => "wrong_token_type",
            Self::Critical => "critical_extension",
            Self::KeySet => "unusable_keys",
            Self::UnknownKey { .. } => "unknown_key",
            Self::Signature => "bad_signature",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }

    fn key_type(self) -> &'static str {
        match self {
            Self::Rs256 => "RSA",
            Self::Es256 => "EC",
        }
    }
}

/// What a token is for, which its `typ` must not contradict (RFC 8725, 3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenType {
    /// `JWT`, or no type.
    IdToken,
    /// `logout+jwt`, which must be there: nothing else may end a session.
    LogoutToken,
}

impl TokenType {
    fn fits(self, typ: Option<&str>) -> bool {
        match (self, typ) {
            (Self::IdToken, None) => true,
            (Self::IdToken, Some(typ)) => typ.eq_ignore_ascii_case("JWT"),
            (Self::LogoutToken, None) => false,
            (Self::LogoutToken, Some(typ)) => {
                typ.eq_ignore_ascii_case("logout+jwt")
                    || typ.eq_ignore_ascii_case("application/logout+jwt")
            }
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A key of the set; only what verifying needs. Keys of other kinds are read over.
#[derive(Debug, Clone, Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The provider's keys, as they are now.
#[derive(Debug)]
pub(super) struct JwkSet(Vec<Jwk>);

impl JwkSet {
    pub(super) fn read(json: &[u8]) -> Result<Self, JwtProblem> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Value>,
        }
        let document: Document = serde_json::from_slice(json).map_err(|_| JwtProblem::KeySet)?;
        if document.keys.len() > MAX_KEYS {
            return Err(JwtProblem::KeySet);
        }
        let keys = document.keys.into_iter();
        Ok(Self(
            keys.filter_map(|key| serde_json::from_value(key).ok())
                .collect(),
        ))
    }

    /// A token names its key; one that names none is taken when there is one key of its kind.
    fn candidates(&self, algorithm: Algorithm, kid: Option<&str>) -> Vec<&Jwk> {
        let all: Vec<&Jwk> = self
            .0
            .iter()
            .filter(|key| key.is_for(algorithm))
            .filter(|key| kid.is_none() || key.kid.as_deref() == kid)
            .collect();
        match (kid, all.len()) {
            (None, 2..) => Vec::new(),
            _ => all,
        }
    }
}

impl Jwk {
    fn is_for(&self, algorithm: Algorithm) -> bool {
        self.kty == algorithm.key_type()
            && matches!(self.usage.as_deref(), None | Some("sig"))
            && self
                .alg
                .as_deref()
                .is_none_or(|alg| alg == algorithm.name())
    }

    fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        match algorithm {
            Algorithm::Rs256 => match (part(&self.n), part(&self.e)) {
                (Some(n), Some(e)) => RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                    .is_ok(),
                _ => false,
            },
            Algorithm::Es256 => match (part(&self.x), part(&self.y)) {
                (Some(x), Some(y)) if self.crv.as_deref() == Some("P-256") && x.len() == 32 => {
                    let point = [&[4], x.as_slice(), &y].concat();
                    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                        .verify(message, signature)
                        .is_ok()
                }
                _ => false,
            },
        }
    }
}

/// The payload of a token, once its signature verifies; nothing of it is to be believed before.
pub(super) fn verify(
    token: &str,
    token_type: TokenType,
    keys: &JwkSet,
) -> Result<Vec<u8>, JwtProblem> {
    if token.len() > MAX_LENGTH {
        return form("it is too long");
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return form("there are not three parts");
    };
    let (message, _) = token.rsplit_once('.').unwrap_or_default();
    let header: Header = serde_json::from_slice(&decode(header)?)
        .map_err(|_| JwtProblem::Form { what: "the header" })?;
    let algorithm = match header.alg.as_str() {
        "RS256" => Algorithm::Rs256,
        "ES256" => Algorithm::Es256,
        _ => return Err(JwtProblem::Algorithm { found: header.alg }),
    };
    if header.crit.is_some() {
        return Err(JwtProblem::Critical);
    }
    if !token_type.fits(header.typ.as_deref()) {
        return Err(JwtProblem::Type {
            found: header.typ.unwrap_or_default(),
        });
    }
    let signature = decode(signature)?;
    let candidates = keys.candidates(algorithm, header.kid.as_deref());
    if candidates.is_empty() {
        return Err(JwtProblem::UnknownKey {
            kid: header.kid.unwrap_or_default(),
            algorithm: algorithm.name(),
        });
    }
    let is_signed = candidates
        .iter()
        .any(|key| key.verifies(algorithm, message.as_bytes(), &signature));
    if is_signed {
        decode(payload)
    } else {
        Err(JwtProblem::Signature)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, JwtProblem> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtProblem::Form {
        what: "a part is not base64url",
    })
}

fn form<T>(what: &'static str) -> Result<T, JwtProblem> {
    Err(JwtProblem::Form { what })
}

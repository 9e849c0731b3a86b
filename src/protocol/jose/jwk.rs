//! The keys that Signet publishes (RFC 7517): public halves alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::public_key::{KeyError, Parameters, PublicKey};

/// A public signing key as JSON: members of its kind, `kid`, `use` and `alg`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    #[serde(flatten)]
    parameters: JwkParameters,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum JwkParameters {
    Rsa {
        n: String,
        e: String,
    },
    P256 {
        crv: &'static str,
        x: String,
        y: String,
    },
}

impl Jwk {
    /// A key under its id.
    pub fn new(key_id: &str, key: &PublicKey) -> Self {
        let encode = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let (kty, parameters) = match &key.parameters {
            Parameters::Rsa { n, e } => (
                "RSA",
                JwkParameters::Rsa {
                    n: encode(n),
                    e: encode(e),
                },
            ),
            Parameters::P256 { x, y } => (
                "EC",
                JwkParameters::P256 {
                    crv: "P-256",
                    x: encode(x),
                    y: encode(y),
                },
            ),
        };
        Self {
            kty,
            usage: "sig",
            alg: key.algorithm().as_str(),
            kid: key_id.to_owned(),
            parameters,
        }
    }
}

/// The document at `jwks_uri`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    /// The keys; RS256 first where a client takes the first that it can use.
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// The document for keys of the ring: ids and SubjectPublicKeyInfo in DER, in this order.
    ///
    /// # Errors
    /// [`KeyError`] when one is no key that signs tokens.
    pub fn published<'k>(
        keys: impl IntoIterator<Item = (&'k str, &'k [u8])>,
    ) -> Result<Self, KeyError> {
        let keys = keys
            .into_iter()
            .map(|(key_id, der)| Ok(Jwk::new(key_id, &PublicKey::from_spki_der(der)?)));
        Ok(Self {
            keys: keys.collect::<Result<_, _>>()?,
        })
    }
}

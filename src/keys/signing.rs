//! One key of the ring: made, sealed, opened, and kept parsed for signing.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use aws_lc_rs::{digest, hmac, rsa};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::KeysError;
use super::certificate;
use super::sealing::{DataKeys, Place};
use crate::entropy::Entropy;
use crate::model::{KeyAlgorithm, KeyFacts, KeyId, KeyState, Purpose, Secret, Span, Timestamp};
use crate::protocol::jose;
use crate::protocol::saml::{Sign, SignError, SignatureAlgorithm};
use crate::store::keys::SigningKeyRow;

/// How long a key and its certificate are valid. Most service providers pin the certificate and ignore its dates; a
/// rotation is the operator's decision, not a date's (security.md R-11).
pub const KEY_LIFETIME: Span = Span::days(3_652);

/// A key that signs: parsed once, shared by all who sign with it.
pub struct SigningKey {
    id: KeyId,
    purpose: Purpose,
    algorithm: KeyAlgorithm,
    public_key: Vec<u8>,
    certificate: Vec<u8>,
    private: Private,
    random: SystemRandom,
}

enum Private {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Hmac(Box<hmac::Key>),
}

impl SigningKey {
    /// Its id: the beginning of the SHA-256 of its public half, so that an id can stand for no other key.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// What it is for.
    pub fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// What it is.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The certificate in DER; empty where the key has none (only SAML keys have one).
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The public half: a SubjectPublicKeyInfo in DER; empty for HMAC.
    pub fn public_key_der(&self) -> &[u8] {
        &self.public_key
    }

    /// Signs a message: RSA PKCS #1 v1.5 with SHA-256, ECDSA with SHA-256 as r and s of 32 octets each, HMAC-SHA256.
    ///
    /// # Errors
    /// [`KeysError::Crypto`] when the library refuses.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeysError> {
        let refused = |_| KeysError::Crypto("signing failed");
        match &self.private {
            Private::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature)
                    .map_err(refused)?;
                Ok(signature)
            }
            Private::Ecdsa(pair) => {
                let signature = pair.sign(&self.random, message).map_err(refused)?;
                Ok(signature.as_ref().to_vec())
            }
            Private::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }

    pub(super) fn mac_key(&self) -> Option<&hmac::Key> {
        match &self.private {
            Private::Hmac(key) => Some(key),
            Private::Rsa(_) | Private::Ecdsa(_) => None,
        }
    }
}

impl Sign for SigningKey {
    /// Only RSA and ECDSA keys sign XML: [`Sign::sign`] refuses with an HMAC key.
    fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self.algorithm {
            KeyAlgorithm::P256 => SignatureAlgorithm::EcdsaSha256,
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Hmac256 => {
                SignatureAlgorithm::RsaSha256
            }
        }
    }

    fn certificate_der(&self) -> &[u8] {
        Self::certificate_der(self)
    }

    /// Refuses with a key of any other purpose: a token key must never sign an assertion (security.md P-07).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let failed = |reason: String| SignError { reason };
        if self.purpose != Purpose::Saml {
            return Err(failed(format!("key {} is for {}", self.id, self.purpose)));
        }
        Self::sign(self, message).map_err(|e| failed(e.to_string()))
    }
}

impl jose::Sign for SigningKey {
    fn algorithm(&self) -> jose::Algorithm {
        match self.algorithm {
            KeyAlgorithm::P256 => jose::Algorithm::Es256,
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Hmac256 => {
                jose::Algorithm::Rs256
            }
        }
    }

    fn key_id(&self) -> &str {
        self.id.as_str()
    }

    /// Refuses with a key of any other purpose: an assertion's key must never sign a token (security.md P-07).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, jose::SignError> {
        let failed = |reason: String| jose::SignError { reason };
        if !matches!(
            self.purpose,
            Purpose::OpenIdConnect | Purpose::OpenIdConnectRsa
        ) {
            return Err(failed(format!("key {} is for {}", self.id, self.purpose)));
        }
        Self::sign(self, message).map_err(|e| failed(e.to_string()))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "SigningKey({}, {}, {})",
            self.id, self.purpose, self.algorithm
        )
    }
}

/// What is sealed in a row: the key together with what it may be used for, so that no column beside it can turn a key
/// of one purpose into one of another, or put another certificate or public key under its name.
#[derive(Serialize, Deserialize)]
struct SealedKey {
    purpose: Purpose,
    algorithm: KeyAlgorithm,
    public_key: String,
    certificate_sha256: String,
    /// Base64; none once the key is retired.
    private: Option<zeroize::Zeroizing<String>>,
}

/// A key as the ring keeps it.
#[derive(Clone)]
pub(super) struct RingKey {
    pub(super) facts: KeyFacts,
    pub(super) public_key: Vec<u8>,
    /// None once retired.
    pub(super) signing: Option<Arc<SigningKey>>,
}

/// What a key is made for.
pub(super) struct NewKey<'a> {
    pub(super) purpose: Purpose,
    pub(super) algorithm: KeyAlgorithm,
    pub(super) state: KeyState,
    /// The certificate's common name: the host of the public URL.
    pub(super) host: &'a str,
    pub(super) now: Timestamp,
}

/// The algorithms that a purpose may use (SAML: what every service provider verifies; cookies: a code of our own).
pub(super) fn suits(purpose: Purpose, algorithm: KeyAlgorithm) -> bool {
    match purpose {
        Purpose::Saml | Purpose::OpenIdConnectRsa => {
            matches!(algorithm, KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072)
        }
        Purpose::OpenIdConnect => algorithm == KeyAlgorithm::P256,
        Purpose::Cookies => algorithm == KeyAlgorithm::Hmac256,
        Purpose::Audit => algorithm == KeyAlgorithm::P256,
    }
}

fn place(id: &KeyId) -> Place<'_> {
    Place {
        table: "signing_keys",
        column: "sealed_private",
        row: id.as_str(),
    }
}

/// Makes a key and its row.
pub(super) fn make(
    data_keys: &DataKeys,
    entropy: &Entropy,
    new: &NewKey<'_>,
) -> Result<SigningKeyRow, KeysError> {
    if !suits(new.purpose, new.algorithm) {
        return Err(KeysError::Algorithm(new.purpose, new.algorithm));
    }
    let (private, public_key) = generate(new.algorithm, entropy)?;
    let id = match new.algorithm {
        KeyAlgorithm::Hmac256 => KeyId::from_random(entropy.octets()),
        _ => key_id(&public_key),
    };
    let not_after = new.now.plus(KEY_LIFETIME);
    let certificate = match new.purpose {
        Purpose::Saml => certificate::self_signed(
            private.expose(),
            &certificate::Subject {
                host: new.host,
                not_before: new.now,
                not_after,
            },
            entropy,
        )?,
        _ => Vec::new(),
    };
    let sealed = SealedKey {
        purpose: new.purpose,
        algorithm: new.algorithm,
        public_key: STANDARD.encode(&public_key),
        certificate_sha256: sha256(&certificate),
        private: Some(zeroize::Zeroizing::new(STANDARD.encode(private.expose()))),
    };
    Ok(SigningKeyRow {
        sealed: sealed.seal(data_keys, entropy, &id)?,
        certificate: STANDARD.encode(&certificate),
        facts: KeyFacts {
            id,
            purpose: new.purpose,
            algorithm: new.algorithm,
            state: new.state,
            not_before: new.now,
            not_after,
            created_at: new.now,
            state_changed_at: new.now,
        },
    })
}

/// Opens and parses a row's key, and checks that the row around it is the one that it was sealed with.
pub(super) fn open(data_keys: &DataKeys, row: &SigningKeyRow) -> Result<RingKey, KeysError> {
    let facts = &row.facts;
    let changed = || KeysError::ChangedRow(facts.id.clone());
    let sealed = SealedKey::open(data_keys, &facts.id, &row.sealed)?;
    let certificate = STANDARD.decode(&row.certificate).map_err(|_| changed())?;
    let public_key = STANDARD.decode(&sealed.public_key).map_err(|_| changed())?;
    let same = sealed.purpose == facts.purpose
        && sealed.algorithm == facts.algorithm
        && sealed.certificate_sha256 == sha256(&certificate)
        && sealed.private.is_none() == (facts.state == KeyState::Retired);
    if !same {
        return Err(changed());
    }
    let signing = match &sealed.private {
        None => None,
        Some(text) => {
            let private = Secret::new(STANDARD.decode(text.as_bytes()).map_err(|_| changed())?);
            Some(Arc::new(SigningKey {
                id: facts.id.clone(),
                purpose: facts.purpose,
                algorithm: facts.algorithm,
                public_key: public_key.clone(),
                certificate,
                private: parse(facts.algorithm, private.expose())?,
                random: SystemRandom::new(),
            }))
        }
    };
    Ok(RingKey {
        facts: facts.clone(),
        public_key,
        signing,
    })
}

/// What remains of a key when it retires: everything but the private half, still sealed, so that a retired key's public
/// half can still be told from one that somebody put there.
pub(super) fn remains(
    data_keys: &DataKeys,
    entropy: &Entropy,
    row: &SigningKeyRow,
) -> Result<String, KeysError> {
    let sealed = SealedKey::open(data_keys, &row.facts.id, &row.sealed)?;
    SealedKey {
        private: None,
        ..sealed
    }
    .seal(data_keys, entropy, &row.facts.id)
}

impl SealedKey {
    fn seal(
        &self,
        data_keys: &DataKeys,
        entropy: &Entropy,
        id: &KeyId,
    ) -> Result<String, KeysError> {
        let plain = Secret::new(
            serde_json::to_vec(self).map_err(|_| KeysError::Crypto("a key has no JSON form"))?,
        );
        data_keys.seal(entropy, place(id), plain.expose())
    }

    fn open(data_keys: &DataKeys, id: &KeyId, text: &str) -> Result<Self, KeysError> {
        let plain = data_keys.open(place(id), text)?;
        serde_json::from_slice(plain.expose()).map_err(|_| KeysError::ChangedRow(id.clone()))
    }
}

fn key_id(public_key: &[u8]) -> KeyId {
    let hash = digest::digest(&digest::SHA256, public_key);
    let mut octets = [0u8; 16];
    for (to, from) in octets.iter_mut().zip(hash.as_ref()) {
        *to = *from;
    }
    KeyId::from_random(octets)
}

fn sha256(octets: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, octets))
}

/// The private half (PKCS #8, or the octets of an HMAC key) and the public one.
fn generate(algorithm: KeyAlgorithm, entropy: &Entropy) -> Result<(Secret, Vec<u8>), KeysError> {
    let failed = |_| KeysError::Crypto("a key could not be made");
    let size = match algorithm {
        KeyAlgorithm::Rsa2048 => rsa::KeySize::Rsa2048,
        KeyAlgorithm::Rsa3072 => rsa::KeySize::Rsa3072,
        KeyAlgorithm::Hmac256 => {
            return Ok((Secret::new(entropy.octets::<32>().to_vec()), Vec::new()));
        }
        KeyAlgorithm::P256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?;
            let private = pair.to_pkcs8v1().map_err(failed)?;
            let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
            return Ok((
                Secret::new(private.as_ref().to_vec()),
                public.as_ref().to_vec(),
            ));
        }
    };
    let pair = RsaKeyPair::generate(size).map_err(failed)?;
    let private: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(failed)?;
    Ok((
        Secret::new(private.as_ref().to_vec()),
        public.as_ref().to_vec(),
    ))
}

fn parse(algorithm: KeyAlgorithm, private: &[u8]) -> Result<Private, KeysError> {
    let rejected = |_| KeysError::Crypto("a private key cannot be parsed");
    Ok(match algorithm {
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 => {
            Private::Rsa(RsaKeyPair::from_pkcs8(private).map_err(rejected)?)
        }
        KeyAlgorithm::P256 => Private::Ecdsa(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private)
                .map_err(rejected)?,
        ),
        KeyAlgorithm::Hmac256 => {
            Private::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, private)))
        }
    })
}

//! Keys of the tests: made once a run, never stored; and tokens as an attacker would write them.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use signet::protocol::jose::{
    Algorithm, JwkSet, Sign, SignError, VerificationKeys, parse_registered_keys,
};

pub enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

pub struct TestKey {
    pub id: &'static str,
    pub spki: Vec<u8>,
    pair: Pair,
}

impl TestKey {
    fn rsa(id: &'static str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Self {
            id,
            spki: spki.as_ref().to_vec(),
            pair: Pair::Rsa(pair),
        }
    }

    fn p256(id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Self {
            id,
            spki: spki.as_ref().to_vec(),
            pair: Pair::Ecdsa(pair),
        }
    }

    /// Its public JWK.
    pub fn jwk(&self) -> Value {
        let set = JwkSet::published([(self.id, self.spki.as_slice())]).unwrap();
        serde_json::to_value(set).unwrap()["keys"][0].clone()
    }
}

impl Sign for TestKey {
    fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::Rs256,
            Pair::Ecdsa(_) => Algorithm::Es256,
        }
    }

    fn key_id(&self) -> &str {
        self.id
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        Ok(match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Pair::Ecdsa(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        })
    }
}

pub fn rsa() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::rsa("rsa-1"))
}

pub fn p256() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::p256("p256-1"))
}

/// A key that is registered nowhere.
pub fn stranger() -> &'static TestKey {
    static KEY: OnceLock<TestKey> = OnceLock::new();
    KEY.get_or_init(|| TestKey::p256("p256-1"))
}

/// Both keys, as a client would have registered them.
pub fn registered() -> VerificationKeys {
    let set = json!({"keys": [rsa().jwk(), p256().jwk()]});
    parse_registered_keys(set.to_string().as_bytes()).unwrap()
}

/// Both keys, as Signet would have published them.
pub fn published() -> VerificationKeys {
    VerificationKeys::published([rsa(), p256()].map(|k| (k.id, k.spki.as_slice()))).unwrap()
}

pub fn encode(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// A token with any header and claims, validly signed by the key.
pub fn forge(header: &str, claims: &str, key: &TestKey) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", encode(signature))
}

/// A token whose signature is an HMAC-SHA256 under any octets.
pub fn forge_hmac(header: &str, claims: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(signature))
}

//! Keys of the tests: made once a run, never stored.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RsaEncoding,
    RsaKeyPair,
};
use rcgen::{CertificateParams, KeyPair, RsaKeySize, date_time_ymd};
use signet::protocol::saml::{Sign, SignError, SignatureAlgorithm};

pub const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub const RSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384";
pub const RSA_SHA512: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512";
pub const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";

pub struct TestKey {
    pub certificate: Vec<u8>,
    pair: Pair,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

impl TestKey {
    fn new(key: &KeyPair, pair: Pair, not_after: i32) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(not_after, 1, 1);
        Self {
            certificate: params.self_signed(key).unwrap().der().to_vec(),
            pair,
        }
    }

    fn rsa_with(not_after: i32) -> Self {
        let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let pair = RsaKeyPair::from_pkcs8(key.serialized_der()).unwrap();
        Self::new(&key, Pair::Rsa(pair), not_after)
    }

    fn ecdsa(
        certificate: &'static rcgen::SignatureAlgorithm,
        signing: &'static EcdsaSigningAlgorithm,
    ) -> Self {
        let key = KeyPair::generate_for(certificate).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(signing, key.serialized_der()).unwrap();
        Self::new(&key, Pair::Ecdsa(pair), 2100)
    }

    /// Signs with the algorithm of that URI; an algorithm that the key does not have gives octets that verify nowhere.
    pub fn sign_as(&self, uri: &str, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let padding: &'static dyn RsaEncoding = match uri {
                    RSA_SHA384 => &RSA_PKCS1_SHA384,
                    RSA_SHA512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Pair::Ecdsa(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }
}

impl Sign for TestKey {
    fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self.pair {
            Pair::Rsa(_) => SignatureAlgorithm::RsaSha256,
            Pair::Ecdsa(_) => SignatureAlgorithm::EcdsaSha256,
        }
    }
    fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(self.sign_as(self.signature_algorithm().uri(), message))
    }
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident, $make:expr) => {
        $(#[$doc])*
        pub fn $name() -> &'static TestKey {
            static KEY: OnceLock<TestKey> = OnceLock::new();
            KEY.get_or_init(|| $make)
        }
    };
}

key!(
    /// RSA-2048.
    rsa,
    TestKey::rsa_with(2100)
);
key!(
    /// RSA-2048 of somebody else.
    other_rsa,
    TestKey::rsa_with(2100)
);
key!(
    /// RSA-2048 in a certificate that ended in 2001.
    expired_rsa,
    TestKey::rsa_with(2001)
);
key!(
    /// ECDSA on P-256.
    p256,
    TestKey::ecdsa(
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &ECDSA_P256_SHA256_FIXED_SIGNING
    )
);
key!(
    /// ECDSA on P-384.
    p384,
    TestKey::ecdsa(
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &ECDSA_P384_SHA384_FIXED_SIGNING
    )
);

//! An authenticator of ours for tests in process: it does what Web Authentication, level 3, says of one (6.5, 6.3.3), with
//! a key on P-256 and no attestation. What it may do wrong can be set. The browser tests have Chromium's own.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Answer, Browser, PUBLIC_URL, unescape};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// One key of one person.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    id: Vec<u8>,
    handle: Vec<u8>,
    /// Whether it asks for a PIN or a finger.
    pub(crate) verifies: bool,
    /// Counts its answers; none: it says 0.
    pub(crate) counter: Option<u32>,
    /// The site that the browser says that it is at.
    pub(crate) origin: String,
}

impl Authenticator {
    /// With an id of its own.
    pub(crate) fn new(id: u8) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: vec![id; 32],
            handle: Vec::new(),
            verifies: true,
            counter: Some(0),
            origin: PUBLIC_URL.to_owned(),
        }
    }

    /// One that only wants to be touched.
    pub(crate) fn touched(id: u8) -> Self {
        Self {
            verifies: false,
            ..Self::new(id)
        }
    }

    /// Answers `navigator.credentials.create()`.
    pub(crate) fn create(&mut self, options: &Value) -> String {
        self.handle = decoded(&options["user"]["id"]);
        let client = self.client("webauthn.create", options);
        let point = self.key.public_key().as_ref();
        // COSE_Key (RFC 9053, 7.1.1): kty EC2, alg ES256, crv P-256, x, y.
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cose.extend_from_slice(&point[1..33]);
        cose.extend_from_slice(&[0x22, 0x58, 0x20]);
        cose.extend_from_slice(&point[33..65]);
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), ATTESTED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&cose);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3, 0x63];
        object.extend_from_slice(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend_from_slice(&data);
        self.answer(json!({
            "clientDataJSON": encoded(&client),
            "attestationObject": encoded(&object),
        }))
    }

    /// Answers `navigator.credentials.get()`.
    pub(crate) fn get(&mut self, options: &Value) -> String {
        if let Some(counter) = &mut self.counter {
            *counter += 1;
        }
        let client = self.client("webauthn.get", options);
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let mut signed = data.clone();
        signed.extend_from_slice(digest(&SHA256, &client).as_ref());
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(json!({
            "clientDataJSON": encoded(&client),
            "authenticatorData": encoded(&data),
            "signature": encoded(signature.as_ref()),
            "userHandle": encoded(&self.handle),
        }))
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let client = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        client.to_string().into_bytes()
    }

    fn data(&self, rp_id: &str, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, rp_id.as_bytes()).as_ref().to_vec();
        let verified = if self.verifies { USER_VERIFIED } else { 0 };
        data.push(USER_PRESENT | verified | flags);
        data.extend_from_slice(&self.counter.unwrap_or(0).to_be_bytes());
        data
    }

    fn answer(&self, response: Value) -> String {
        let answer = json!({
            "id": encoded(&self.id),
            "rawId": encoded(&self.id),
            "type": "public-key",
            "extensions": {},
            "response": response,
        });
        answer.to_string()
    }
}

fn encoded(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

fn decoded(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

/// A form that asks for a key.
#[derive(Debug, Clone)]
pub(crate) struct KeyForm {
    action: String,
    csrf: String,
    state: String,
    kind: String,
    pub(crate) options: Value,
}

impl KeyForm {
    /// This page's form with the question of another page in it.
    pub(crate) fn with_question_of(self, other: &Self) -> Self {
        Self {
            state: other.state.clone(),
            options: other.options.clone(),
            ..self
        }
    }
}

impl Answer {
    /// The page's form for a purpose, if it has one.
    pub(crate) fn key_form(&self, purpose: &str) -> Option<KeyForm> {
        let mark = format!("data-passkey=\"{purpose}\"");
        let form = self
            .body
            .split("<form ")
            .find(|form| form.split('>').next().unwrap().contains(&mark))?;
        let behind = |mark: &str, attribute: &str| {
            let (_, rest) = form.split_once(mark).unwrap();
            let (_, value) = rest.split_once(attribute).unwrap();
            unescape(value.split_once('"').unwrap().0)
        };
        Some(KeyForm {
            action: behind("class=\"passkey\"", "action=\""),
            csrf: behind("name=\"csrf\"", "value=\""),
            state: behind("name=\"state\"", "value=\""),
            kind: behind("name=\"kind\"", "value=\""),
            options: serde_json::from_str(&behind("data-passkey=", "data-options=\"")).unwrap(),
        })
    }
}

impl Browser {
    /// Sends a key's answer.
    pub(crate) fn send_key(&mut self, form: &KeyForm, answer: &str) -> Answer {
        let fields = [
            ("csrf", form.csrf.as_str()),
            ("state", form.state.as_str()),
            ("kind", form.kind.as_str()),
            ("answer", answer),
        ];
        let answer = self.post(&form.action, &fields);
        self.follow(answer)
    }

    /// Asks the key for what the page asks.
    pub(crate) fn use_key(
        &mut self,
        page: &Answer,
        purpose: &str,
        key: &mut Authenticator,
    ) -> Answer {
        let form = page.key_form(purpose).expect("a form for a key");
        let answer = if matches!(purpose, "passkey" | "security-key") {
            key.create(&form.options)
        } else {
            key.get(&form.options)
        };
        self.send_key(&form, &answer)
    }
}

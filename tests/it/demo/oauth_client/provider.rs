//! A small OpenID provider on a port of its own, which answers well until it is told what to do wrong.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::demo::responses::NOW;

pub(super) const CLIENT: &str = "demo client";
pub(super) const SECRET: &str = "sécret:1";
pub(super) const ACCESS_TOKEN: &str = "access-token-1";
pub(super) const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

pub(super) fn base64url(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// Who signs a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signer {
    Rsa,
    Ec,
    /// An RSA key that the provider does not publish.
    Stranger,
    /// Nobody: the signature is empty.
    Nobody,
}

fn rsa_key(stranger: bool) -> &'static RsaKeyPair {
    static KEYS: OnceLock<[RsaKeyPair; 2]> = OnceLock::new();
    let make = || RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    &KEYS.get_or_init(|| [make(), make()])[usize::from(stranger)]
}

fn ec_key() -> &'static EcdsaKeyPair {
    static KEY: OnceLock<EcdsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
}

fn jwks() -> Value {
    let key = rsa_key(false).public_key();
    let point = ec_key().public_key().as_ref().to_vec();
    json!({"keys": [
        {"kty": "OKP", "crv": "Ed25519", "kid": "x", "x": "AA"},
        {"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256",
         "n": base64url(key.modulus().big_endian_without_leading_zero()),
         "e": base64url(key.exponent().big_endian_without_leading_zero())},
        {"kty": "EC", "kid": "e", "crv": "P-256", "use": "sig",
         "x": base64url(&point[1..33]), "y": base64url(&point[33..])},
    ]})
}

/// A token to be: header, claims, who signs it, and a change after that.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) header: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) signer: Signer,
    pub(super) after: fn(String) -> String,
}

impl Token {
    pub(super) fn of(typ: &str, claims: Value) -> Self {
        let header = json!({"alg": "RS256", "kid": "r", "typ": typ});
        Self {
            header: header.as_object().unwrap().clone(),
            claims: claims.as_object().unwrap().clone(),
            signer: Signer::Rsa,
            after: |token| token,
        }
    }

    pub(super) fn header(mut self, name: &str, value: Value) -> Self {
        self.header.insert(name.to_owned(), value);
        self
    }

    pub(super) fn claim(mut self, name: &str, value: Value) -> Self {
        self.claims.insert(name.to_owned(), value);
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    pub(super) fn signed_by(mut self, signer: Signer, algorithm: &str, kid: &str) -> Self {
        self.signer = signer;
        self.header("alg", json!(algorithm))
            .header("kid", json!(kid))
    }

    pub(super) fn text(&self) -> String {
        let part = |object: &Map<String, Value>| base64url(serde_json::to_vec(object).unwrap());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let random = SystemRandom::new();
        let rsa = |key: &RsaKeyPair| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(
                &RSA_PKCS1_SHA256,
                &random,
                message.as_bytes(),
                &mut signature,
            )
            .unwrap();
            signature
        };
        let signature = match self.signer {
            Signer::Rsa => rsa(rsa_key(false)),
            Signer::Stranger => rsa(rsa_key(true)),
            Signer::Ec => {
                let signature = ec_key().sign(&random, message.as_bytes()).unwrap();
                signature.as_ref().to_vec()
            }
            Signer::Nobody => Vec::new(),
        };
        (self.after)(format!("{message}.{}", base64url(signature)))
    }
}

/// What the provider does, and what it was asked.
pub(super) struct Behaviour {
    /// Of the sign-in that is under way.
    pub(super) nonce: String,
    /// Changes the ID token.
    pub(super) id_token: fn(Token) -> Token,
    /// Changes what the token endpoint gives.
    pub(super) tokens: fn(&mut Map<String, Value>),
    /// The token endpoint's refusal, as status and body; with the status 0 it hangs up.
    pub(super) refusal: Option<(u16, &'static str)>,
    /// Changes the metadata.
    pub(super) metadata: fn(&mut Map<String, Value>),
    pub(super) user: Value,
    /// UserInfo's refusal.
    pub(super) challenge: Option<&'static str>,
    /// Method, path, Authorization and body of each request.
    pub(super) asked: Vec<[String; 4]>,
    grants: u32,
}

#[derive(Clone)]
pub(super) struct Provider {
    pub(super) issuer: String,
    behaviour: Arc<Mutex<Behaviour>>,
}

impl Provider {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let provider = Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            behaviour: Arc::new(Mutex::new(Behaviour {
                nonce: String::new(),
                id_token: |token| token,
                tokens: |_| {},
                refusal: None,
                metadata: |_| {},
                user: json!({"sub": "u-1", "email": "<alice>@example.com", "groups": ["A", "B"]}),
                challenge: None,
                asked: Vec::new(),
                grants: 0,
            })),
        };
        let serving = provider.clone();
        // It ends with the process; nothing of it outlives the test that matters.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serving.answer(stream.unwrap());
            }
        });
        provider
    }

    pub(super) fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap()
    }

    /// The good ID token of the sign-in that is under way.
    fn id_token(&self, nonce: &str, access_token: &str) -> Token {
        let now = NOW.as_seconds();
        let half = digest(&SHA256, access_token.as_bytes());
        let claims = json!({
            "iss": self.issuer, "sub": "u-1", "aud": CLIENT, "exp": now + 300, "iat": now,
            "auth_time": now - 60, "nonce": nonce, "sid": "s-1", "acr": "mfa",
            "at_hash": base64url(&half.as_ref()[..16]),
        });
        Token::of("JWT", claims)
    }

    pub(super) fn logout_token(&self) -> Token {
        let now = NOW.as_seconds();
        let claims = json!({
            "iss": self.issuer, "aud": CLIENT, "exp": now + 120, "iat": now, "jti": "j-1",
            "events": {EVENT: {}}, "sub": "u-1", "sid": "s-1",
        });
        Token::of("logout+jwt", claims)
    }

    fn metadata(&self, behaviour: &Behaviour) -> Value {
        let at = |path: &str| json!(format!("{}{path}", self.issuer));
        let metadata = json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"),
            "jwks_uri": at("/jwks"),
            "end_session_endpoint": at("/end_session"),
            "code_challenge_methods_supported": ["S256"],
        });
        let mut metadata = metadata.as_object().unwrap().clone();
        (behaviour.metadata)(&mut metadata);
        Value::Object(metadata)
    }

    fn tokens(&self, behaviour: &mut Behaviour) -> (u16, String) {
        if let Some((status, body)) = behaviour.refusal {
            return (status, body.to_owned());
        }
        behaviour.grants += 1;
        let access_token = format!("access-token-{}", behaviour.grants);
        let id_token = self.id_token(&behaviour.nonce, &access_token);
        let tokens = json!({
            "access_token": access_token, "token_type": "bearer", "expires_in": 600,
            "refresh_token": format!("refresh-token-{}", behaviour.grants),
            "scope": "openid email", "id_token": (behaviour.id_token)(id_token).text(),
        });
        let mut tokens = tokens.as_object().unwrap().clone();
        (behaviour.tokens)(&mut tokens);
        (200, Value::Object(tokens).to_string())
    }

    fn answer(&self, stream: TcpStream) {
        let Some([method, path, authorization, body]) = read(&stream) else {
            return;
        };
        let mut behaviour = self.behaviour();
        let asked = [method, path, authorization, body];
        behaviour.asked.push(asked.clone());
        let mut challenge = String::new();
        let (status, body) = match asked[1].as_str() {
            "/.well-known/openid-configuration" => (200, self.metadata(&behaviour).to_string()),
            "/jwks" => (200, jwks().to_string()),
            "/token" => self.tokens(&mut behaviour),
            "/userinfo" => match behaviour.challenge {
                Some(text) => {
                    challenge = format!("WWW-Authenticate: {text}\r\n");
                    (401, String::new())
                }
                None => (200, behaviour.user.to_string()),
            },
            _ => (404, String::new()),
        };
        if status == 0 {
            return;
        }
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{challenge}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        // A client that has gone away has been told nothing, which its test will see.
        let _ = (&stream).write_all(format!("{head}{body}").as_bytes());
    }
}

/// Method, path, Authorization, body.
fn read(stream: &TcpStream) -> Option<[String; 4]> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut authorization, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => authorization = value.to_owned(),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some([method, path, authorization, body])
}

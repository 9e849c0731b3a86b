//! The suite's client: what it asks, and what it checks of every answer, whichever module is run.

use aws_lc_rs::digest::{SHA256, digest};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};
use signet::protocol::oauth::ResponseMode;

use crate::app::clients::{Authorize, ClientApp, Returned, returned, returned_by_form};
use crate::app::{Answer, Browser, PUBLIC_URL, Person, TestApp};
use crate::oauth::keys::encode;
use crate::store::engines::{EngineKind, TestDatabase};

/// Runs a module on an instance of its own.
pub(super) fn run(mode: ResponseMode, module: impl FnOnce(&mut RelyingParty<'_>)) {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    module(&mut RelyingParty::new(TestApp::start(&db), mode));
}

/// Two registered clients, a person who may use both, and that person's browser.
pub(super) struct RelyingParty<'a> {
    pub(super) app: TestApp<'a>,
    /// `client_secret_basic`.
    pub(super) client: ClientApp,
    /// `client_secret_post`.
    pub(super) second: ClientApp,
    pub(super) alice: Person,
    pub(super) browser: Browser,
    mode: ResponseMode,
}

/// What a code was redeemed for, verified.
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
    pub(super) id_token: String,
    /// Its claims.
    pub(super) id: Value,
}

impl<'a> RelyingParty<'a> {
    pub(super) fn new(app: TestApp<'a>, mode: ResponseMode) -> Self {
        let alice = app.person("alice");
        let client = |id: &str, method: &str| {
            let client = app.client(id, |registration| {
                registration["token_endpoint_auth_method"] = json!(method);
                registration["require_pkce"] = json!(false);
            });
            app.assign_client(&client, &alice);
            client
        };
        Self {
            client: client("first", "client_secret_basic"),
            second: client("second", "client_secret_post"),
            browser: app.browser(),
            alice,
            app,
            mode,
        }
    }

    /// The first client's request for nothing but an ID token, without PKCE; the query is what a request that names no mode
    /// gets.
    pub(super) fn request(&self) -> Authorize {
        self.request_of(&self.client)
    }

    pub(super) fn request_of(&self, client: &ClientApp) -> Authorize {
        let request = Authorize::of(client).without_pkce().with("scope", "openid");
        match self.mode {
            ResponseMode::Query => request,
            ResponseMode::FormPost => request.with("response_mode", "form_post"),
        }
    }

    /// The person is asked, signs in, and the code is redeemed.
    pub(super) fn sign_in(&mut self, request: &Authorize) -> Tokens {
        let page = self.browser.open(&request.path());
        self.sign_in_at(&page, request)
    }

    pub(super) fn sign_in_at(&mut self, page: &Answer, request: &Authorize) -> Tokens {
        page.assert(200, "name=\"password\"");
        let answer = self.browser.sign_in_for(&self.app, page, &self.alice);
        self.tokens(request, &answer)
    }

    /// The same without any page.
    pub(super) fn at_once(&mut self, request: &Authorize) -> Tokens {
        let answer = self.browser.open_until_left(&request.path());
        self.tokens(request, &answer)
    }

    /// The client is told of an error, without any page; its code.
    pub(super) fn refused(&mut self, request: &Authorize) -> String {
        let answer = self.browser.open_until_left(&request.path());
        let mut returned = self.returned(request, &answer);
        assert!(!returned.contains_key("code"), "{returned:?}");
        returned.remove("error").expect("an error")
    }

    pub(super) fn returned(&self, request: &Authorize, answer: &Answer) -> Returned {
        let returned = match self.mode {
            ResponseMode::Query => returned(answer),
            ResponseMode::FormPost => returned_by_form(answer),
        };
        let state = returned.get("state").map(String::as_str);
        assert_eq!(state, request.value("state"));
        assert_eq!(returned["iss"], PUBLIC_URL);
        returned
    }

    /// Redeems the code of an answer.
    pub(super) fn tokens(&self, request: &Authorize, answer: &Answer) -> Tokens {
        let returned = self.returned(request, answer);
        let code = returned
            .get("code")
            .unwrap_or_else(|| panic!("{returned:?}"));
        let client = [&self.client, &self.second]
            .into_iter()
            .find(|client| request.value("client_id") == Some(client.client_id.as_str()));
        let redeemed = self.redeem(client.unwrap(), code);
        let tokens = self.checked(request, &redeemed);
        let nonce = tokens.id.get("nonce").and_then(Value::as_str);
        assert_eq!(nonce, request.value("nonce"));
        tokens
    }

    pub(super) fn redeem(&self, client: &ClientApp, code: &str) -> Answer {
        self.app.browser().redeem_with(client, code, &[])
    }

    /// An answer of the token endpoint by RFC 6749, 5.1, and its ID token by OpenID Connect core, 3.1.3.7.
    pub(super) fn checked(&self, request: &Authorize, answer: &Answer) -> Tokens {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert!(body["expires_in"].as_i64() > Some(0));
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let tokens = Tokens {
            access: text("access_token").unwrap(),
            refresh: text("refresh_token"),
            id_token: text("id_token").unwrap(),
            id: self.verified(&body["id_token"]),
        };
        let id = &tokens.id;
        assert_eq!(id["iss"], PUBLIC_URL);
        assert_eq!(id["aud"].as_str(), request.value("client_id"));
        assert!(!id["sub"].as_str().unwrap().is_empty());
        let now = self.app.clock.now().as_seconds();
        assert!(id["exp"].as_i64() > Some(now));
        assert_eq!(id["iat"], now);
        assert!(id["auth_time"].as_i64() <= Some(now));
        let hash = digest(&SHA256, tokens.access.as_bytes());
        assert_eq!(id["at_hash"], encode(&hash.as_ref()[..16]));
        tokens
    }

    /// The claims of a token that is signed by RS256 with the one published key that it names.
    pub(super) fn verified(&self, token: &Value) -> Value {
        let token = token.as_str().expect("a token");
        let keys: JwkSet = serde_json::from_value(self.keys()).unwrap();
        let header = decode_header(token).unwrap();
        assert_eq!(header.alg, Algorithm::RS256);
        let key = keys.find(&header.kid.expect("kid")).expect("its key");
        let mut validation = Validation::new(Algorithm::RS256);
        // By the tests' clock, which is not the machine's.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let key = DecodingKey::from_jwk(key).unwrap();
        decode(token, &key, &validation).unwrap().claims
    }

    /// Claims of the person, by a GET with the token in the header.
    pub(super) fn userinfo(&self, tokens: &Tokens) -> Value {
        let answer = self.userinfo_answer(tokens);
        self.checked_userinfo(tokens, &answer)
    }

    pub(super) fn userinfo_answer(&self, tokens: &Tokens) -> Answer {
        self.app
            .browser()
            .get_with("/oauth2/userinfo", &tokens.access)
    }

    pub(super) fn checked_userinfo(&self, tokens: &Tokens, answer: &Answer) -> Value {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let claims = answer.json();
        assert_eq!(claims["sub"], tokens.id["sub"]);
        claims
    }

    /// The browser is signed in: the same person is named without any page.
    pub(super) fn is_signed_in(&mut self) -> bool {
        let request = self.request().with("prompt", "none");
        let answer = self.browser.open_until_left(&request.path());
        let returned = self.returned(&request, &answer);
        match returned.get("error").map(String::as_str) {
            None => returned.contains_key("code"),
            Some(error) => {
                assert_eq!(error, "login_required");
                false
            }
        }
    }

    pub(super) fn metadata(&self) -> Value {
        let answer = self.app.browser().get("/.well-known/openid-configuration");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        answer.json()
    }

    pub(super) fn keys(&self) -> Value {
        self.app.browser().get("/oauth2/jwks").json()
    }
}

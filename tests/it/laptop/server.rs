//! An instance as the program sees it: it checks what a real one must, and panics in the request where the program breaks a
//! rule of the protocol that no test means to break.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use url::Url;

use super::http::{Reply, Request, one, serve};

/// What the next request in the browser comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Browsing {
    SignsIn,
    IsDenied,
    /// Another server answers with this one's state.
    IsMixedUp,
}

struct Code {
    challenge: String,
    redirect_uri: String,
    nonce: String,
}

pub(super) struct State {
    url: String,
    pub(super) sts_url: String,
    pub(super) browsing: Browsing,
    pub(super) subject: String,
    /// What the ID token says in place of the nonce that was sent.
    pub(super) nonce: Option<String>,
    pub(super) roles: Vec<Value>,
    pub(super) access_seconds: i64,
    pub(super) refresh_takes: Duration,
    /// The API wants a newer sign-in than the ones before this number.
    pub(super) reauthenticate_before: usize,
    /// The tokens say how many sign-ins there were when they were made.
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, usize>,
    refresh: BTreeSet<String>,
    used_refresh: BTreeSet<String>,
    pub(super) authorizations: Vec<Vec<(String, String)>>,
    pub(super) sign_ins: usize,
    pub(super) refreshes: usize,
    pub(super) replays: usize,
    pub(super) assertions: usize,
    pub(super) revoked: Vec<String>,
    next: usize,
}

impl State {
    fn fresh(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}-{}", self.next)
    }

    /// Access tokens of before are good no more.
    pub(super) fn end_access(&mut self) {
        self.access.clear();
    }

    /// Nothing of before is good.
    pub(super) fn end_sign_ins(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }
}

/// The instance.
pub(super) struct Server {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            url: String::new(),
            sts_url: String::new(),
            browsing: Browsing::SignsIn,
            subject: "user-1".into(),
            nonce: None,
            roles: vec![
                role("111111111111", "Production", "Admin"),
                role("111111111111", "Production", "ReadOnly"),
                role("222222222222", "Über Test", "ReadOnly"),
            ],
            access_seconds: 3600,
            refresh_takes: Duration::ZERO,
            reauthenticate_before: 0,
            codes: BTreeMap::new(),
            access: BTreeMap::new(),
            refresh: BTreeSet::new(),
            used_refresh: BTreeSet::new(),
            authorizations: Vec::new(),
            sign_ins: 0,
            refreshes: 0,
            replays: 0,
            assertions: 0,
            revoked: Vec::new(),
            next: 0,
        }));
        let own = Arc::clone(&state);
        let address = serve(move |request| answer(&own, &request));
        let url = format!("http://{address}");
        state.lock().unwrap().url.clone_from(&url);
        Self { url, state }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

pub(super) fn role(account: &str, name: &str, role: &str) -> Value {
    json!({
        "account_id": account,
        "account_name": name,
        "partition": "aws",
        "role_name": role,
        "description": "",
        "session_duration_seconds": 3600,
    })
}

fn answer(state: &Mutex<State>, request: &Request) -> Reply {
    let mut state = state.lock().unwrap();
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/.well-known/openid-configuration") => {
            let url = &state.url;
            let metadata = json!({
                "issuer": url,
                "authorization_endpoint": format!("{url}/oauth2/authorize"),
                "token_endpoint": format!("{url}/oauth2/token"),
                "revocation_endpoint": format!("{url}/oauth2/revoke"),
            });
            Reply::json(200, &metadata)
        }
        ("GET", "/oauth2/authorize") => state.authorize(request),
        ("POST", "/oauth2/token") => state.token(request),
        ("POST", "/oauth2/revoke") => state.revoke(request),
        ("GET", "/api/v1/aws/roles") => match state.api(request) {
            Ok(()) => Reply::json(200, &json!({ "roles": state.roles })),
            Err(problem) => problem,
        },
        ("POST", "/api/v1/aws/assertions") => match state.api(request) {
            Ok(()) => state.assert(request),
            Err(problem) => problem,
        },
        (method, path) => panic!("{method} {path}"),
    }
}

impl State {
    fn authorize(&mut self, request: &Request) -> Reply {
        let query = &request.query;
        let given = |name| one(query, name).unwrap_or_default().to_owned();
        assert_eq!(given("response_type"), "code");
        assert_eq!(given("client_id"), "signet-cli");
        assert_eq!(given("scope"), "openid offline_access aws");
        assert_eq!(given("code_challenge_method"), "S256");
        assert_eq!(given("code_challenge").len(), 43);
        for random in ["state", "nonce"] {
            assert!(given(random).len() >= 22, "{random} can be guessed");
        }
        let redirect_uri = given("redirect_uri");
        let back = Url::parse(&redirect_uri).unwrap();
        assert_eq!(back.scheme(), "http");
        assert_eq!(back.host_str(), Some("127.0.0.1"));
        assert_eq!((back.path(), back.query()), ("/callback", None));
        self.authorizations.push(query.clone());
        let mut back = back;
        let state = given("state");
        let issuer = match self.browsing {
            Browsing::IsMixedUp => "https://attacker.example.com".to_owned(),
            _ => self.url.clone(),
        };
        back.query_pairs_mut()
            .append_pair("state", &state)
            .append_pair("iss", &issuer);
        if self.browsing == Browsing::IsDenied {
            back.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_description", "You are not in the group AWS");
            return Reply::redirect(back.into());
        }
        let code = self.fresh("code");
        self.codes.insert(
            code.clone(),
            Code {
                challenge: given("code_challenge"),
                redirect_uri,
                nonce: given("nonce"),
            },
        );
        back.query_pairs_mut().append_pair("code", &code);
        Reply::redirect(back.into())
    }

    fn token(&mut self, request: &Request) -> Reply {
        let form = request.form();
        assert_eq!(request.header("authorization"), None, "a public client");
        assert_eq!(one(&form, "client_id"), Some("signet-cli"));
        assert_eq!(one(&form, "client_secret"), None);
        match one(&form, "grant_type") {
            Some("authorization_code") => self.redeem(&form),
            Some("refresh_token") => self.renew(&form),
            other => panic!("{other:?}"),
        }
    }

    fn redeem(&mut self, form: &[(String, String)]) -> Reply {
        let Some(code) = self.codes.remove(one(form, "code").unwrap()) else {
            return invalid_grant();
        };
        let verifier = one(form, "code_verifier").unwrap_or_default();
        assert!((43..=128).contains(&verifier.len()), "{verifier}");
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
        if challenge != code.challenge || one(form, "redirect_uri") != Some(&code.redirect_uri) {
            return invalid_grant();
        }
        self.sign_ins += 1;
        let nonce = self.nonce.clone().unwrap_or(code.nonce);
        self.tokens(Some(&nonce))
    }

    fn renew(&mut self, form: &[(String, String)]) -> Reply {
        let old = one(form, "refresh_token").unwrap().to_owned();
        std::thread::park_timeout(self.refresh_takes);
        if self.used_refresh.contains(&old) {
            // RFC 9700, 4.14.2: somebody else has it, so nobody keeps it.
            self.replays += 1;
            self.end_sign_ins();
            return invalid_grant();
        }
        if !self.refresh.remove(&old) {
            return invalid_grant();
        }
        self.used_refresh.insert(old);
        self.refreshes += 1;
        self.tokens(None)
    }

    fn tokens(&mut self, nonce: Option<&str>) -> Reply {
        let (access, refresh) = (self.fresh("access"), self.fresh("refresh"));
        self.access.insert(access.clone(), self.sign_ins);
        self.refresh.insert(refresh.clone());
        let claims = json!({
            "iss": self.url,
            "sub": self.subject,
            "aud": "signet-cli",
            "exp": 4_102_444_800_i64,
            "iat": 1_700_000_000,
            "nonce": nonce,
            "preferred_username": "alice",
        });
        let id_token = format!(
            "{}.{}.c2ln",
            URL_SAFE_NO_PAD.encode("{\"alg\":\"RS256\"}"),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let answer = json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.access_seconds,
            "refresh_token": refresh,
            "scope": "openid offline_access aws",
            "id_token": id_token,
        });
        Reply::json(200, &answer)
    }

    fn revoke(&mut self, request: &Request) -> Reply {
        let form = request.form();
        assert_eq!(one(&form, "client_id"), Some("signet-cli"));
        let token = one(&form, "token").unwrap().to_owned();
        assert!(self.refresh.contains(&token), "{token}");
        self.revoked.push(token);
        self.end_sign_ins();
        Reply::json(200, &json!({}))
    }

    fn api(&self, request: &Request) -> Result<(), Reply> {
        let given = request.header("authorization").unwrap_or_default();
        let token = given.strip_prefix("Bearer ").unwrap_or_default();
        match self.access.get(token) {
            None => Err(problem(401, "unauthenticated", "The token has expired")),
            Some(number) if *number < self.reauthenticate_before => Err(problem(
                403,
                "reauthenticate",
                "Sign in again for this account",
            )),
            Some(_) => Ok(()),
        }
    }

    fn assert(&mut self, request: &Request) -> Reply {
        assert_eq!(request.header("content-type"), Some("application/json"));
        let asked: Value = serde_json::from_str(&request.body).unwrap();
        let (account, name) = (&asked["account_id"], &asked["role_name"]);
        let is_assigned =
            |role: &Value| role["account_id"] == *account && role["role_name"] == *name;
        if !self.roles.iter().any(is_assigned) {
            return problem(403, "denied", "This role is not assigned to you");
        }
        self.assertions += 1;
        let (account, name) = (account.as_str().unwrap(), name.as_str().unwrap());
        let answer = json!({
            "saml_response": "PHNhbWxwOlJlc3BvbnNlLz4=",
            "role_arn": format!("arn:aws:iam::{account}:role/signet/Signet_{name}"),
            "principal_arn": format!("arn:aws:iam::{account}:saml-provider/Signet"),
            "session_duration_seconds": 3600,
            "sts_url": self.sts_url,
            "expires_at": "2099-01-01T00:00:00Z",
        });
        Reply::json(200, &answer)
    }
}

fn invalid_grant() -> Reply {
    Reply::json(
        400,
        &json!({ "error": "invalid_grant", "error_description": "The token is not good" }),
    )
}

fn problem(status: u16, code: &str, detail: &str) -> Reply {
    let body = json!({
        "type": "about:blank",
        "title": "No",
        "status": status,
        "detail": detail,
        "code": code,
    });
    Reply {
        content_type: "application/problem+json",
        ..Reply::json(status, &body)
    }
}

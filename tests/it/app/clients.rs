//! OAuth clients, and what they ask for.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use signet::apps::NewApplication;
use signet::model::{
    AppAssignment, Application, Client, ClientAuthMethod, Principal, Registration,
};

use super::{Answer, Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::saml::forge::escape;

pub(crate) const CALLBACK: &str = "https://rp.example/callback";
pub(crate) const SIGNED_OUT: &str = "https://rp.example/signed-out";
/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A client as its owner knows it.
pub(crate) struct ClientApp {
    pub(crate) application: Application,
    pub(crate) client_id: String,
    pub(crate) secret: String,
}

impl ClientApp {
    fn is_basic(&self) -> bool {
        let client = self.application.client().unwrap();
        client.token_endpoint_auth_method == ClientAuthMethod::ClientSecretBasic
    }
}

impl TestApp<'_> {
    /// A confidential web client with a secret in the form; `change` may change the registration.
    pub(crate) fn client(&self, id: &str, change: impl FnOnce(&mut Value)) -> ClientApp {
        let mut registration = json!({
            "client_id": id,
            "token_endpoint_auth_method": "client_secret_post",
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [SIGNED_OUT],
            "grant_types": ["authorization_code", "refresh_token"],
            "scopes": ["openid", "profile", "email", "address", "phone", "groups", "offline_access"],
        });
        change(&mut registration);
        let client: Client = serde_json::from_value(registration).unwrap();
        let has_secret = client
            .token_endpoint_auth_method
            .as_str()
            .starts_with("client_secret");
        let new = NewApplication {
            name: format!("Client {id}"),
            registration: Registration::Client(client),
        };
        let application = wait(self.services.apps.register(&self.op(), new)).unwrap();
        let secret = if has_secret {
            let op = self.op();
            let made = self.services.apps.new_client_secret(&op, &application.id);
            wait(made).unwrap().expose_text().unwrap().to_owned()
        } else {
            String::new()
        };
        ClientApp {
            application,
            client_id: id.to_owned(),
            secret,
        }
    }

    pub(crate) fn assign_client(&self, client: &ClientApp, person: &Person) -> AppAssignment {
        let assignment = AppAssignment {
            app_id: client.application.id.clone(),
            principal: Principal::User(person.id.clone()),
        };
        wait(self.services.apps.assign(&self.op(), assignment.clone())).unwrap();
        assignment
    }

    pub(crate) fn change_client(&self, client: &ClientApp, change: impl FnOnce(&mut Client)) {
        let id = &client.application.id;
        let mut changed = wait(self.services.apps.application(id)).unwrap().unwrap();
        let mut registration = changed.client().unwrap().clone();
        change(&mut registration);
        changed.registration = Registration::Client(registration);
        wait(self.services.apps.update(&self.op(), changed)).unwrap();
    }
}

/// An authorization request: parameters that a test adds, changes or takes out.
#[derive(Clone)]
pub(crate) struct Authorize(Vec<(&'static str, String)>);

impl Authorize {
    pub(crate) fn of(client: &ClientApp) -> Self {
        Self(
            [
                ("response_type", "code"),
                ("client_id", &client.client_id),
                ("redirect_uri", CALLBACK),
                ("scope", "openid profile email"),
                ("state", "state & 1"),
                ("nonce", "n-0S6_WzA2Mj"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ]
            .map(|(name, value)| (name, value.to_owned()))
            .to_vec(),
        )
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        match self.0.iter_mut().find(|(n, _)| *n == name) {
            Some((_, old)) => *old = value.to_owned(),
            None => self.0.push((name, value.to_owned())),
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(n, _)| *n != name);
        self
    }

    pub(crate) fn again(mut self, name: &'static str, value: &str) -> Self {
        self.0.push((name, value.to_owned()));
        self
    }

    pub(crate) fn without_pkce(self) -> Self {
        self.without("code_challenge")
            .without("code_challenge_method")
    }

    /// The last parameter first.
    pub(crate) fn reversed(mut self) -> Self {
        self.0.reverse();
        self
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(n, _)| *n == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> String {
        format!("/oauth2/authorize?{}", encoded(&self.0))
    }

    pub(crate) fn fields(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(n, v)| (*n, v.as_str())).collect()
    }
}

fn encoded(pairs: &[(&'static str, String)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    pairs.join("&")
}

/// What a browser brings back to the client.
pub(crate) type Returned = BTreeMap<String, String>;

/// The parameters with which a browser comes back to the client.
pub(crate) fn returned(answer: &Answer) -> Returned {
    assert_eq!(answer.status, 303, "{}", answer.body);
    let location = url::Url::parse(answer.location()).unwrap();
    assert!(answer.location().starts_with(CALLBACK), "{location}");
    location.query_pairs().into_owned().collect()
}

/// The same by the page that posts them.
pub(crate) fn returned_by_form(page: &Answer) -> Returned {
    page.assert(200, "id=\"form-post\" method=\"post\"");
    assert_eq!(page.action(), CALLBACK);
    let known = ["code", "state", "iss", "error", "error_description"];
    let fields = known.map(|name| page.field(name).map(|value| (name.to_owned(), value)));
    fields.into_iter().flatten().collect()
}

impl Browser {
    /// The client's own call, by which it proves itself as it is registered; a browser without cookies is an HTTP client.
    pub(crate) fn token(&mut self, client: &ClientApp, fields: &[(&str, &str)]) -> Answer {
        if client.is_basic() {
            let mut own = self.clone();
            own.headers.push(basic(&client.client_id, &client.secret));
            return own.post("/oauth2/token", fields);
        }
        let mut all = vec![("client_id", client.client_id.as_str())];
        if !client.secret.is_empty() {
            all.push(("client_secret", client.secret.as_str()));
        }
        all.extend_from_slice(fields);
        self.post("/oauth2/token", &all)
    }

    pub(crate) fn redeem(&mut self, client: &ClientApp, code: &str) -> Answer {
        self.redeem_with(client, code, &[("code_verifier", VERIFIER)])
    }

    /// A code that was asked for without PKCE is redeemed without more.
    pub(crate) fn redeem_with(
        &mut self,
        client: &ClientApp,
        code: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
        ];
        fields.extend_from_slice(more);
        self.token(client, &fields)
    }

    pub(crate) fn refresh(&mut self, client: &ClientApp, token: &str) -> Answer {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.token(client, &fields)
    }

    /// GET with a bearer token.
    pub(crate) fn get_with(&mut self, path: &str, token: &str) -> Answer {
        let before = self.headers.clone();
        self.headers
            .push(("authorization", format!("Bearer {token}")));
        let answer = self.get(path);
        self.headers = before;
        answer
    }

    /// From the page that asks for the password to what the client is answered.
    pub(crate) fn sign_in_for(&mut self, app: &TestApp, page: &Answer, person: &Person) -> Answer {
        let second = self.submit_password(page, &person.user_name, &person.password);
        let code = person.next_code(app);
        let answer = self.submit(&second, &[("code", &code)]);
        self.open_until_left(answer.location())
    }

    /// Signed in, the browser gets a code for a request.
    pub(crate) fn code(&mut self, request: &Authorize) -> String {
        let answer = self.open_until_left(&request.path());
        let mut returned = returned(&answer);
        returned
            .remove("code")
            .unwrap_or_else(|| panic!("{returned:?}"))
    }

    /// Follows our own redirects, and stops where one leads elsewhere.
    pub(crate) fn open_until_left(&mut self, path: &str) -> Answer {
        let mut answer = self.get(path);
        for _ in 0..6 {
            if answer.status != 303 || !answer.location().starts_with('/') {
                return answer;
            }
            let path = answer.location().to_owned();
            answer = self.get(&path);
        }
        panic!("too many redirects");
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// The claims of a token, without a look at its signature.
pub(crate) fn claims(token: &Value) -> Value {
    let token = token
        .as_str()
        .unwrap_or_else(|| panic!("no token: {token}"));
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub(crate) fn basic(id: &str, secret: &str) -> (&'static str, String) {
    let pair = STANDARD.encode(format!("{}:{}", escape(id), escape(secret)));
    ("authorization", format!("Basic {pair}"))
}

//! The demo OAuth client against a provider that is told what to do wrong: each fault is refused, and named.

mod answers;
mod provider;
mod sessions;
mod tokens;

use std::collections::BTreeMap;

use actix_web::http::Method;
use signet::clock::Clock;
use signet::demo::{OauthClient, OauthClientSettings, fetch_over_http};
use signet::entropy::Entropy;
use signet::model::Secret;
use url::{Url, form_urlencoded};

use self::provider::{CLIENT, Provider, SECRET};
use super::responses::NOW;
use super::{Answer, FORM, send_with};

const BASE: &str = "http://127.0.0.1:8083";

/// The client with a browser in front of it and a provider behind it.
struct Client {
    service: OauthClient,
    provider: Provider,
    clock: Clock,
    cookies: BTreeMap<String, String>,
}

impl Client {
    fn new() -> Self {
        let provider = Provider::start();
        let clock = Clock::fixed(NOW);
        let service = OauthClient::new(OauthClientSettings {
            base_url: BASE.into(),
            issuer: Url::parse(&provider.issuer).unwrap(),
            client_id: CLIENT.into(),
            client_secret: Secret::from_text(SECRET.into()),
            clock: clock.clone(),
            entropy: Entropy::seeded(7),
            http: fetch_over_http(),
        });
        Self {
            service,
            provider,
            clock,
            cookies: BTreeMap::new(),
        }
    }

    fn send(&mut self, method: Method, path: &str, origin: &str, body: &str) -> Answer {
        let pairs = self.cookies.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = pairs.join("; ");
        let mut headers = vec![("cookie", cookies.as_str()), ("origin", origin)];
        if method == Method::POST {
            headers.push(("content-type", FORM));
        }
        let answer = send_with(
            |config| self.service.configure(config),
            method,
            path,
            &headers,
            body,
        );
        for (_, cookie) in answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
        {
            let (pair, rest) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(
                rest.contains("HttpOnly") && rest.contains("SameSite=Lax"),
                "{rest}"
            );
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, BASE, "")
    }

    fn press(&mut self, path: &str) -> Answer {
        self.send(Method::POST, path, BASE, "")
    }

    /// The parameters with which the browser is sent to the provider, who is told the nonce.
    fn begin(&mut self) -> BTreeMap<String, String> {
        let answer = self.get("/start");
        assert_eq!(answer.status, 303, "{}", answer.body);
        let (endpoint, parameters) = parameters(&answer.location);
        assert_eq!(endpoint, format!("{}/authorize", self.provider.issuer));
        self.provider.behaviour().nonce = parameters["nonce"].clone();
        parameters
    }

    /// The address of a good answer.
    fn good_answer(&mut self) -> String {
        let state = self.begin()["state"].clone();
        self.answer(&[("state", &state), ("code", "c-1")])
    }

    /// The address of an answer that names the provider.
    fn answer(&self, fields: &[(&str, &str)]) -> String {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .append_pair("iss", &self.provider.issuer)
            .finish();
        format!("/callback?{query}")
    }

    fn sign_in(&mut self) -> Answer {
        let callback = self.good_answer();
        let answer = self.get(&callback);
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.location, "/");
        self.get("/")
    }
}

fn parameters(address: &str) -> (String, BTreeMap<String, String>) {
    let (endpoint, query) = address.split_once('?').unwrap();
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    (endpoint.to_owned(), pairs.collect())
}

impl Answer {
    #[track_caller]
    fn assert_named(&self, name: &str) {
        assert_eq!(
            self.at("error-name"),
            name,
            "{}",
            self.at("error-description")
        );
        assert!(self.status >= 400, "{}", self.status);
        assert!(!self.at("error-description").is_empty());
        assert!(self.at("error-meaning").ends_with('.'));
    }
}

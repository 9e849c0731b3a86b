//! The demo's receivers. They are what shows people that the issuing side keeps the rules, so they must refuse what
//! breaks one, and say which. Every response here is a good one with one thing changed.

mod aws;
mod forms;
mod oauth_client;
mod responses;
mod service_provider;
mod session;
mod sts;
mod trust;
mod wrapping;

use std::sync::{Arc, Mutex};

use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::ServiceConfig;
use actix_web::{App, rt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::clock::Clock;
use signet::demo::{
    MetadataSource, ServiceProvider, ServiceProviderSettings, SimulatedAccount, SimulatedAws,
    SimulatedAwsSettings, SimulatedRole, TrustPolicy, Unsolicited,
};
use signet::entropy::Entropy;
use signet::model::{AccountId, Partition, Span};
use signet::protocol::saml::{IdpMetadata, RequestSigning, write_idp_metadata};

use self::responses::NOW;
use crate::saml::forge::escape;
use crate::saml::keys::TestKey;

const IDP: &str = "https://idp.example/saml/metadata";
const BASE: &str = "http://127.0.0.1:8081";
const ACCOUNT: &str = "123456789012";
const OTHER_ACCOUNT: &str = "999999999999";
const FORM: &str = "application/x-www-form-urlencoded";

/// What came back.
struct Answer {
    status: u16,
    location: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// The text of the element of this id.
    fn at(&self, id: &str) -> String {
        let mark = format!(" id=\"{id}\">");
        let (_, behind) = self.body.split_once(&mark).unwrap_or_else(|| {
            panic!("no {id} in {}", self.body);
        });
        let (text, _) = behind.split_once('<').unwrap();
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }
}

fn send(
    configure: impl Fn(&mut ServiceConfig),
    method: Method,
    path: &str,
    body: Option<(&str, String)>,
) -> Answer {
    let headers = body.iter().map(|(kind, _)| ("content-type", *kind));
    let headers: Vec<(&str, &str)> = headers.collect();
    let body = body.as_ref().map_or("", |(_, body)| body);
    send_with(configure, method, path, &headers, body)
}

fn send_with(
    configure: impl Fn(&mut ServiceConfig),
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    rt::System::new().block_on(async {
        let service = init_service(App::new().configure(&configure)).await;
        let mut request = TestRequest::default().method(method).uri(path);
        for header in headers {
            request = request.append_header(*header);
        }
        if !body.is_empty() {
            request = request.set_payload(body.to_owned());
        }
        let response = call_service(&service, request.to_request()).await;
        let headers: Vec<(String, String)> = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let location = headers.iter().find(|(name, _)| name == "location");
        Answer {
            status: response.status().as_u16(),
            location: location.map_or(String::new(), |(_, value)| value.clone()),
            headers,
            body: String::from_utf8(read_body(response).await.to_vec()).unwrap(),
        }
    })
}

fn form(xml: &str, relay_state: Option<&str>) -> String {
    let state = relay_state.map(|state| format!("&RelayState={}", escape(state)));
    let response = escape(&STANDARD.encode(xml));
    format!("SAMLResponse={response}{}", state.unwrap_or_default())
}

/// The identity provider's metadata, as it is now.
#[derive(Clone)]
struct Metadata(Arc<Mutex<std::io::Result<String>>>);

impl Metadata {
    fn of(keys: &[&TestKey]) -> Self {
        let metadata = Self(Arc::new(Mutex::new(Ok(String::new()))));
        metadata.publish(&Self::xml(keys));
        metadata
    }

    fn xml(keys: &[&TestKey]) -> String {
        let content = IdpMetadata {
            id: "_m1".into(),
            entity_id: IDP.into(),
            sso_url: "https://idp.example/saml/sso".into(),
            certificates: keys.iter().map(|key| key.certificate.clone()).collect(),
            authn_requests: RequestSigning::NotWanted,
            valid_until: None,
        };
        write_idp_metadata(&content, keys[0]).unwrap()
    }

    fn publish(&self, xml: &str) {
        *self.0.lock().unwrap() = Ok(xml.to_owned());
    }

    fn take_down(&self) {
        *self.0.lock().unwrap() = Err(std::io::Error::other("nobody answers"));
    }

    fn source(&self) -> MetadataSource {
        let shared = self.0.clone();
        Arc::new(move || match &*shared.lock().unwrap() {
            Ok(xml) => Ok(xml.clone()),
            Err(error) => Err(std::io::Error::other(error.to_string())),
        })
    }
}

fn partition() -> Partition {
    signet::apps::aws_partitions().remove(0)
}

/// The simulated AWS with one account, whose roles trust its provider.
struct Aws {
    service: SimulatedAws,
    metadata: Metadata,
    clock: Clock,
}

impl Aws {
    fn new(key: &TestKey) -> Self {
        Self::with_policy(key, &|partition, account| {
            TrustPolicy::for_provider(partition, account, "Signet")
        })
    }

    fn with_policy(key: &TestKey, policy: &dyn Fn(&Partition, &AccountId) -> TrustPolicy) -> Self {
        let partition = partition();
        let account = |id: &str, providers: &[&str]| {
            let id = AccountId::parse(id).unwrap();
            let role = |name: &str, hours| SimulatedRole {
                path_and_name: format!("signet/{name}"),
                max_session_duration: Span::hours(hours),
                trust_policy: policy(&partition, &id),
            };
            SimulatedAccount {
                roles: vec![role("Signet_ReadOnly", 2), role("Signet_Long", 12)],
                name: format!("Account {id}"),
                saml_providers: providers.iter().map(|p| (*p).to_owned()).collect(),
                id,
            }
        };
        let metadata = Metadata::of(&[key]);
        let clock = Clock::fixed(NOW);
        let service = SimulatedAws::new(SimulatedAwsSettings {
            accounts: vec![account(ACCOUNT, &["Signet"]), account(OTHER_ACCOUNT, &[])],
            partition,
            metadata: metadata.source(),
            clock: clock.clone(),
            entropy: Entropy::seeded(3),
        });
        Self {
            service,
            metadata,
            clock,
        }
    }

    fn send(&self, method: Method, path: &str, body: Option<(&str, String)>) -> Answer {
        send(|config| self.service.configure(config), method, path, body)
    }

    fn post(&self, xml: &str, relay_state: Option<&str>) -> Answer {
        self.send(Method::POST, "/saml", Some((FORM, form(xml, relay_state))))
    }

    /// The console that a response opens.
    fn console(&self, xml: &str, relay_state: Option<&str>) -> Answer {
        let answer = self.post(xml, relay_state);
        assert_eq!(answer.status, 303, "{}", answer.body);
        let console = self.send(Method::GET, &answer.location, None);
        assert_eq!(console.status, 200, "{}", console.body);
        console
    }

    fn refusal_of(&self, answer: &Answer) -> String {
        assert_eq!(answer.status, 403, "not refused: {}", answer.body);
        assert!(answer.location.is_empty());
        answer.at("refused-reason")
    }

    /// Why a response is refused.
    fn refusal(&self, xml: &str) -> String {
        self.refusal_of(&self.post(xml, None))
    }
}

/// The demo service provider.
struct Sp {
    service: ServiceProvider,
    metadata: Metadata,
    clock: Clock,
}

impl Sp {
    fn new(key: &TestKey, unsolicited: Unsolicited) -> Self {
        let metadata = Metadata::of(&[key]);
        let clock = Clock::fixed(NOW);
        let service = ServiceProvider::new(ServiceProviderSettings {
            base_url: BASE.into(),
            metadata: metadata.source(),
            unsolicited,
            clock: clock.clone(),
            entropy: Entropy::seeded(5),
        });
        Self {
            service,
            metadata,
            clock,
        }
    }

    fn send(&self, method: Method, path: &str, body: Option<(&str, String)>) -> Answer {
        send(|config| self.service.configure(config), method, path, body)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None)
    }

    fn post(&self, xml: &str) -> Answer {
        let form = form(xml, Some("state <1>"));
        self.send(Method::POST, "/acs", Some((FORM, form)))
    }

    /// Why a response is refused.
    fn refusal(&self, xml: &str) -> String {
        let answer = self.post(xml);
        assert_eq!(answer.status, 403, "not refused: {}", answer.body);
        answer.at("refused")
    }

    fn accepted(&self, xml: &str) -> Answer {
        let answer = self.post(xml);
        assert_eq!(answer.status, 200, "refused: {}", answer.body);
        assert_eq!(answer.at("relay-state"), "state <1>");
        answer
    }
}

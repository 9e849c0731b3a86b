//! The demo service provider: sends requests in every way that SAML's web profile knows, and shows what came back.
//!
//! `/` start page, `/sign-in` one request, `/metadata`, `/acs`, `/signout`. It keeps no sessions of its own: what came is
//! shown once.

mod checks;
mod memory;
mod pages;
mod request;

use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Bytes, Data, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use self::checks::{Accepted, Presented, Refusal};
use self::memory::Memory;
use self::pages::SITE;
use self::request::{Binding, RequestOptions};
use super::form::{MAX_FORM_BYTES, Posted};
use super::identity_provider::{IdentityProvider, MetadataProblem, MetadataSource};
use super::names::{ASSERTION, BINDING_POST, METADATA, PROTOCOL};
use super::page::{configure_files, escape, file};
use super::response::{self, Response};
use super::{server, signature};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::model::NameIdFormat;

/// Whether responses are taken that answer no request: the sign-ins that start at the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsolicited {
    /// They are.
    Accepted,
    /// They are refused.
    Refused,
}

/// What a service provider needs to know.
#[derive(Clone)]
pub struct ServiceProviderSettings {
    /// Where people reach it, without a slash at the end: `http://127.0.0.1:8081`.
    pub base_url: String,
    /// The identity provider that it believes.
    pub metadata: MetadataSource,
    /// Whether a sign-in may start there.
    pub unsolicited: Unsolicited,
    /// The time.
    pub clock: Clock,
    /// Request ids.
    pub entropy: Entropy,
}

impl ServiceProviderSettings {
    fn entity_id(&self) -> String {
        format!("{}/metadata", self.base_url)
    }

    fn acs_url(&self) -> String {
        format!("{}/acs", self.base_url)
    }
}

/// The metadata with which it is registered at the identity provider: also served at `/metadata`.
pub fn service_provider_metadata(base_url: &str) -> String {
    let base = escape(base_url);
    let formats: String = NameIdFormat::ALL
        .iter()
        .map(|format| format!("<md:NameIDFormat>{}</md:NameIDFormat>", format.uri()))
        .collect();
    format!(
        "<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{base}/metadata\"><md:SPSSODescriptor AuthnRequestsSigned=\"false\" WantAssertionsSigned=\"true\" protocolSupportEnumeration=\"{PROTOCOL}\">{formats}<md:AssertionConsumerService Binding=\"{BINDING_POST}\" Location=\"{base}/acs\" index=\"0\" isDefault=\"true\"/></md:SPSSODescriptor></md:EntityDescriptor>"
    )
}

/// The demo service provider.
#[derive(Clone)]
pub struct ServiceProvider {
    state: Data<State>,
}

struct State {
    settings: ServiceProviderSettings,
    memory: Mutex<Memory>,
}

impl ServiceProvider {
    /// A service provider that has sent nothing yet.
    pub fn new(settings: ServiceProviderSettings) -> Self {
        Self {
            state: Data::new(State {
                settings,
                memory: Mutex::new(Memory::default()),
            }),
        }
    }

    /// Its routes, for an application of actix-web.
    pub fn configure(&self, config: &mut ServiceConfig) {
        configure_files(config);
        config
            .app_data(self.state.clone())
            .app_data(PayloadConfig::new(MAX_FORM_BYTES))
            .route("/", web::get().to(start))
            .route("/sign-in", web::get().to(sign_in))
            .route("/metadata", web::get().to(metadata))
            .route("/acs", web::post().to(consume))
            .route("/signout", web::get().to(sign_out))
            .default_service(web::to(not_found));
    }

    /// Serves on an open listener until the server's handle stops it.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn serve(self, listener: TcpListener) -> std::io::Result<Server> {
        server::serve(listener, move |config| self.configure(config))
    }
}

impl State {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads, verifies and judges one posted response.
    fn consume(&self, posted: &Posted) -> Result<Accepted, Refusal> {
        let now = self.settings.clock.now();
        let identity_provider = IdentityProvider::load(&self.settings.metadata)?;
        let tree = response::parse(&posted.message)?;
        let signed = signature::verify(&tree, &identity_provider)?;
        let response = Response::read(&tree)?;
        let request = response
            .in_response_to
            .as_deref()
            .and_then(|id| self.memory().request(id));
        let presented = Presented {
            response: &response,
            signed,
            issuer: &identity_provider.entity_id,
            acs_url: &self.settings.acs_url(),
            entity_id: &self.settings.entity_id(),
            unsolicited: self.settings.unsolicited,
            request: request.as_ref(),
            now,
        };
        let accepted = checks::judge(&presented)?;
        self.memory().redeem(&response, now)?;
        Ok(accepted)
    }
}

async fn start(state: Data<State>) -> HttpResponse {
    let source = state.settings.metadata.clone();
    match load(source).await {
        Ok(identity_provider) => pages::start(&identity_provider),
        Err(problem) => pages::unavailable(&problem.to_string()),
    }
}

async fn load(source: MetadataSource) -> Result<IdentityProvider, MetadataProblem> {
    web::block(move || IdentityProvider::load(&source))
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error).into()))
}

/// Makes one request, remembers it and sends the browser off with it.
async fn sign_in(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let Some(options) = RequestOptions::read(request.query_string()) else {
        return pages::unknown_option();
    };
    let identity_provider = match load(state.settings.metadata.clone()).await {
        Ok(identity_provider) => identity_provider,
        Err(problem) => return pages::unavailable(&problem.to_string()),
    };
    let endpoint = match options.binding() {
        Binding::Redirect => identity_provider.redirect_url(),
        Binding::Post => identity_provider.post_url(),
    };
    let endpoint = match endpoint {
        Ok(endpoint) => endpoint,
        Err(problem) => return pages::unavailable(&problem.to_string()),
    };
    let id = format!("_{}", hex::encode(state.settings.entropy.octets::<16>()));
    let now = state.settings.clock.now();
    let xml = options.write(&id, endpoint, &state.settings, now);
    state.memory().remember(id, options.clone(), now);
    let relay_state = options.relay_state();
    match options.binding() {
        Binding::Redirect => HttpResponse::SeeOther()
            .insert_header((
                LOCATION,
                request::redirect_url(endpoint, &xml, relay_state).as_str(),
            ))
            .finish(),
        Binding::Post => pages::post_request(endpoint, &xml, relay_state),
    }
}

async fn metadata(state: Data<State>) -> HttpResponse {
    file(
        "application/samlmetadata+xml",
        service_provider_metadata(&state.settings.base_url),
    )
}

async fn consume(state: Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let outcome = web::block({
        let posted = Posted::read(&request, &body);
        move || {
            let posted = posted?;
            state
                .consume(&posted)
                .map(|accepted| (accepted, posted.relay_state))
        }
    })
    .await;
    match outcome {
        Ok(Ok((Accepted::Status(status), relay_state))) => {
            pages::status(&status, relay_state.as_deref())
        }
        Ok(Ok((Accepted::Assertion(assertion), relay_state))) => {
            pages::signed_in(&assertion, relay_state.as_deref())
        }
        Ok(Err(refusal)) => pages::refused(&refusal),
        Err(error) => pages::unavailable(&error.to_string()),
    }
}

async fn sign_out() -> HttpResponse {
    pages::signed_out()
}

async fn not_found() -> HttpResponse {
    SITE.not_found()
}

/// The status of a page that explains why something was refused.
const REFUSED: StatusCode = StatusCode::FORBIDDEN;

/// The namespace declarations of a request.
const NAMESPACES: [(&str, &str); 2] = [("samlp", PROTOCOL), ("saml", ASSERTION)];

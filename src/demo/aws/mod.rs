//! A simulated AWS: the sign-in endpoint that takes our responses, a console that shows the session, and STS.
//!
//! `POST /saml` asks what AWS documents of SAML federation (IAM user guide: "Configure SAML assertions for the
//! authentication response", "Troubleshoot SAML federation", "Pass session tags"), in AWS's words where it has given
//! any; `/console/home` shows the session that came of it. `POST /` is STS, which gives credentials for the same responses.
//! `/cloudformation` makes the roles of a template, as the console of an account would.
//! AWS keeps no memory of assertions: within its five minutes one may be presented again, and so it may here.
//!
//! Not simulated: the page on which one of several roles is chosen, encrypted assertions, and the packed size of tags.

mod checks;
mod pages;
mod redemption;
mod refusal;
mod session_request;
mod stack;
mod sts;
mod trust_policy;

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use actix_web::dev::Server;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, Bytes, Data, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use url::{Url, form_urlencoded};

use self::pages::SITE;
use self::redemption::Redemption;
use self::refusal::Refusal;
use self::session_request::SessionRequest;
use self::stack::StackError;
use self::sts::IssuedCredentials;
use super::form::{MAX_FORM_BYTES, Posted};
use super::identity_provider::MetadataSource;
use super::page::configure_files;
use super::server;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::model::{AccountId, Partition, Span, Timestamp};

pub use trust_policy::{TrustPolicy, TrustPolicyError};

/// More console sessions than this and the oldest is forgotten.
const MAX_SESSIONS: usize = 1_000;

/// What a simulated AWS consists of.
#[derive(Clone)]
pub struct SimulatedAwsSettings {
    /// The names of the partition; the sign-in URL is this service's own `/saml`.
    pub partition: Partition,
    /// The accounts.
    pub accounts: Vec<SimulatedAccount>,
    /// What was uploaded to the SAML providers of all accounts.
    pub metadata: MetadataSource,
    /// The time.
    pub clock: Clock,
    /// The handles of console sessions, and credentials.
    pub entropy: Entropy,
}

/// An AWS account.
#[derive(Debug, Clone)]
pub struct SimulatedAccount {
    /// Twelve digits.
    pub id: AccountId,
    /// For people.
    pub name: String,
    /// The names of its IAM SAML providers.
    pub saml_providers: Vec<String>,
    /// Its roles.
    pub roles: Vec<SimulatedRole>,
}

/// An IAM role.
#[derive(Debug, Clone)]
pub struct SimulatedRole {
    /// Path and name without a leading slash, such as `signet/Signet_ReadOnly`.
    pub path_and_name: String,
    /// `MaxSessionDuration`: one to twelve hours.
    pub max_session_duration: Span,
    /// Who may assume it.
    pub trust_policy: TrustPolicy,
}

/// A console session.
#[derive(Debug, Clone)]
struct ConsoleSession {
    account_name: String,
    request: SessionRequest,
    duration: Span,
    destination: String,
    begun_at: Timestamp,
}

/// The simulated AWS.
#[derive(Clone)]
pub struct SimulatedAws {
    state: Data<State>,
}

struct State {
    settings: RwLock<Arc<SimulatedAwsSettings>>,
    sessions: Mutex<HashMap<String, ConsoleSession>>,
    credentials: Mutex<IssuedCredentials>,
}

impl SimulatedAws {
    /// An AWS with nobody signed in.
    pub fn new(settings: SimulatedAwsSettings) -> Self {
        Self {
            state: Data::new(State {
                settings: RwLock::new(Arc::new(settings)),
                sessions: Mutex::new(HashMap::new()),
                credentials: Mutex::new(IssuedCredentials::default()),
            }),
        }
    }

    /// Its routes, for an application of actix-web.
    pub fn configure(&self, config: &mut ServiceConfig) {
        configure_files(config);
        config
            .app_data(self.state.clone())
            .app_data(PayloadConfig::new(MAX_FORM_BYTES + sts::MAX_OTHER_BYTES))
            .route("/", web::get().to(home))
            .route("/", web::post().to(sts::answer))
            .route("/saml", web::post().to(sign_in))
            .route("/console/home", web::get().to(console))
            .route("/cloudformation", web::get().to(stack_form))
            .route("/cloudformation", web::post().to(apply_stack))
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
    /// As it is now.
    fn settings(&self) -> Arc<SimulatedAwsSettings> {
        let settings = self.settings.read();
        Arc::clone(&settings.unwrap_or_else(PoisonError::into_inner))
    }

    /// Applies a template to an account.
    fn apply(&self, account: &str, template: &str) -> Result<Vec<String>, StackError> {
        let settings = self.settings.write();
        let mut settings = settings.unwrap_or_else(PoisonError::into_inner);
        let mut changed = (**settings).clone();
        let place = (account, changed.partition.name.clone());
        let made = stack::apply(&mut changed.accounts, (place.0, &place.1), template)?;
        *settings = Arc::new(changed);
        Ok(made)
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, ConsoleSession>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads, verifies and judges one posted response, and opens a console session: its handle.
    fn sign_in(&self, posted: &Posted) -> Result<String, Refusal> {
        let assumed = redemption::redeem(&self.settings(), &posted.message, Redemption::Console)?;
        let session = ConsoleSession {
            account_name: assumed.account_name,
            duration: assumed.duration,
            destination: self.destination(posted.relay_state.as_deref())?,
            request: assumed.request,
            begun_at: assumed.begun_at,
        };
        let handle = hex::encode(self.settings().entropy.octets::<16>());
        self.remember(handle.clone(), session);
        Ok(handle)
    }

    /// RelayState is a console address, or there is none and the console opens at its home (aws.md 3.3).
    fn destination(&self, relay_state: Option<&str>) -> Result<String, Refusal> {
        let settings = self.settings();
        let partition = &settings.partition;
        let Some(wanted) = relay_state else {
            return Ok(partition.console_url.clone());
        };
        let host = Url::parse(wanted)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .and_then(|url| url.host_str().map(str::to_owned))
            .ok_or(Refusal::Destination)?;
        let is_console = partition.console_hosts.iter().any(|allowed| {
            host == *allowed || (allowed.starts_with('.') && host.ends_with(allowed.as_str()))
        });
        if is_console {
            Ok(wanted.to_owned())
        } else {
            Err(Refusal::Destination)
        }
    }

    fn remember(&self, handle: String, session: ConsoleSession) {
        let mut sessions = self.sessions();
        if sessions.len() >= MAX_SESSIONS {
            let oldest = sessions
                .iter()
                .min_by_key(|(_, session)| session.begun_at)
                .map(|(handle, _)| handle.clone());
            oldest.and_then(|handle| sessions.remove(&handle));
        }
        sessions.insert(handle, session);
    }

    /// The session of this handle, as long as it lasts.
    fn session(&self, handle: &str) -> Option<ConsoleSession> {
        let now = self.settings().clock.now();
        let session = self.sessions().get(handle).cloned()?;
        (now < session.begun_at.plus(session.duration)).then_some(session)
    }
}

async fn home(state: Data<State>) -> HttpResponse {
    pages::home(&state.settings())
}

async fn sign_in(state: Data<State>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let posted = Posted::read(&request, &body);
    let outcome = web::block(move || state.sign_in(&posted?)).await;
    match outcome {
        Ok(Ok(handle)) => HttpResponse::SeeOther()
            .insert_header((LOCATION, format!("/console/home?state={handle}")))
            .finish(),
        Ok(Err(refusal)) => pages::refused(&refusal),
        Err(error) => pages::refused(&Refusal::Unavailable(error.to_string())),
    }
}

async fn console(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let handle = form_urlencoded::parse(request.query_string().as_bytes())
        .find(|(name, _)| name == "state")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    match state.session(&handle) {
        Some(session) => pages::console(&session),
        None => pages::no_session(),
    }
}

async fn stack_form() -> HttpResponse {
    pages::stack(None)
}

async fn apply_stack(state: Data<State>, body: Bytes) -> HttpResponse {
    let field = |name: &str| {
        let found = form_urlencoded::parse(&body).find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let applied = state.apply(&field("account"), &field("template"));
    pages::stack(Some(&applied))
}

async fn not_found() -> HttpResponse {
    SITE.not_found()
}

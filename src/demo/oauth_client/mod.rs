//! The demo OAuth client: a small web application that signs people in with OpenID Connect's code flow and shows all that
//! it learns.
//!
//! `/` start page or session, `/start`, `/callback`, `/refresh`, `/userinfo`, `/sign-out`, `/signed-out`,
//! `/backchannel-logout`. Tokens stay here: pages show what is in them, never the tokens. Each answer of the provider is
//! verified by code of this folder.

mod answer;
mod flow;
mod id_token;
mod jwt;
mod logout_token;
mod memory;
mod pages;
mod provider;
mod refusal;

use std::net::TcpListener;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION, ORIGIN};
use actix_web::web::{self, Bytes, Data, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

use self::answer::{AuthorizationAnswer, single};
use self::memory::Memory;
use self::pages::SITE;
use self::refusal::Refusal;
use super::fetch::Fetch;
use super::page::configure_files;
use super::server;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::model::{Secret, SecretHash};

/// The largest form: a logout token.
const MAX_FORM_BYTES: usize = 65_536;
/// Binds a sign-in, or a sign-out, that is under way to the browser in which it was begun. Cookies know no ports, so the
/// names are ones that nothing else on the host has.
const UNDER_WAY_COOKIE: &str = "demo_oauth_client_under_way";
const SESSION_COOKIE: &str = "demo_oauth_client_session";

/// What an OAuth client needs to know.
pub struct OauthClientSettings {
    /// Where people reach it, without a slash at the end: `http://127.0.0.1:8083`.
    pub base_url: String,
    /// The provider. An issuer that is an origin alone is compared without the slash that a URL's text has behind it.
    pub issuer: Url,
    /// As registered at the provider.
    pub client_id: String,
    /// As registered at the provider, for `client_secret_basic`.
    pub client_secret: Secret,
    /// The time.
    pub clock: Clock,
    /// `state`, `nonce`, code verifiers and cookies.
    pub entropy: Entropy,
    /// How the provider is asked; see [`fetch_over_http`](super::fetch_over_http).
    pub http: Fetch,
}

impl OauthClientSettings {
    fn issuer(&self) -> &str {
        let text = self.issuer.as_str();
        match self.issuer.path() {
            "/" => text.trim_end_matches('/'),
            _ => text,
        }
    }

    fn redirect_uri(&self) -> String {
        format!("{}/callback", self.base_url)
    }

    fn post_logout_redirect_uri(&self) -> String {
        format!("{}/signed-out", self.base_url)
    }
}

/// The demo OAuth client. It is registered with the redirect URI `<base_url>/callback`, the post-logout redirect URI
/// `<base_url>/signed-out` and the back-channel logout URI `<base_url>/backchannel-logout`.
#[derive(Clone)]
pub struct OauthClient {
    state: Data<State>,
}

struct State {
    settings: OauthClientSettings,
    memory: Mutex<Memory>,
}

impl OauthClient {
    /// A client with nobody signed in.
    pub fn new(settings: OauthClientSettings) -> Self {
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
            .route("/", web::get().to(home))
            .route("/start", web::get().to(start))
            .route("/callback", web::get().to(callback))
            .route("/refresh", web::post().to(refresh))
            .route("/userinfo", web::post().to(user_info))
            .route("/sign-out", web::post().to(sign_out))
            .route("/signed-out", web::get().to(signed_out))
            .route("/backchannel-logout", web::post().to(backchannel_logout))
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
}

async fn home(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let now = state.settings.clock.now();
    let handle = cookie(&request, SESSION_COOKIE);
    let session = state.memory().session(&handle, now);
    match session {
        Some(session) => pages::session(&session, &state.settings),
        None if state.memory().was_ended(&handle) => pages::ended(),
        None => pages::home(&state.settings),
    }
}

/// Begins the code flow.
async fn start(state: Data<State>) -> HttpResponse {
    let browser = state.settings.entropy.token();
    let outcome = blocking({
        let browser = SecretHash::of(&browser);
        move || state.begin_sign_in(browser)
    });
    match outcome.await {
        Ok(url) => HttpResponse::SeeOther()
            .insert_header((LOCATION, url.as_str()))
            .insert_header((CACHE_CONTROL, "no-store"))
            .cookie(kept(UNDER_WAY_COOKIE, browser))
            .finish(),
        Err(refusal) => pages::refused(&refusal),
    }
}

/// Takes the provider's answer.
async fn callback(state: Data<State>, request: HttpRequest) -> HttpResponse {
    let browser = cookie(&request, UNDER_WAY_COOKIE);
    let handle = state.settings.entropy.token();
    let answer = AuthorizationAnswer::read(request.query_string());
    let outcome = blocking({
        let handle = handle.clone();
        move || state.complete_sign_in(&answer?, &browser, &handle)
    });
    match outcome.await {
        Ok(()) => to_home()
            .cookie(gone(UNDER_WAY_COOKIE))
            .cookie(kept(SESSION_COOKIE, handle))
            .finish(),
        Err(refusal) => pages::refused(&refusal),
    }
}

async fn refresh(state: Data<State>, request: HttpRequest) -> HttpResponse {
    press(state, request, State::refresh).await
}

async fn user_info(state: Data<State>, request: HttpRequest) -> HttpResponse {
    press(state, request, State::reload_user_info).await
}

/// What a button of the session's page does; then the page again.
async fn press(
    state: Data<State>,
    request: HttpRequest,
    action: fn(&State, &str) -> Result<(), Refusal>,
) -> HttpResponse {
    let handle = match own_button(&state, &request) {
        Ok(()) => cookie(&request, SESSION_COOKIE),
        Err(refusal) => return pages::refused(&refusal),
    };
    match blocking(move || action(&state, &handle)).await {
        Ok(()) => to_home().finish(),
        Err(refusal) => pages::refused(&refusal),
    }
}

/// Ends the session here, and sends the browser to end it at the provider.
async fn sign_out(state: Data<State>, request: HttpRequest) -> HttpResponse {
    if let Err(refusal) = own_button(&state, &request) {
        return pages::refused(&refusal);
    }
    let handle = cookie(&request, SESSION_COOKIE);
    let under_way = state.settings.entropy.token();
    let outcome = blocking({
        let under_way = under_way.clone();
        move || state.sign_out(&handle, &under_way)
    });
    let mut response = match outcome.await {
        Ok(Some(url)) => HttpResponse::SeeOther()
            .insert_header((LOCATION, url.as_str()))
            .insert_header((CACHE_CONTROL, "no-store"))
            .cookie(kept(UNDER_WAY_COOKIE, under_way))
            .finish(),
        Ok(None) => pages::signed_out_here(),
        Err(refusal) => pages::refused(&refusal),
    };
    match response.add_cookie(&gone(SESSION_COOKIE)) {
        Ok(()) => response,
        Err(error) => pages::refused(&Refusal::Broken(error.to_string())),
    }
}

/// Where the provider sends the browser after the sign-out.
async fn signed_out(request: HttpRequest) -> HttpResponse {
    let expected = cookie(&request, UNDER_WAY_COOKIE);
    match single(request.query_string(), "state") {
        Ok(Some(state))
            if !expected.is_empty() && SecretHash::of(&state) == SecretHash::of(&expected) =>
        {
            pages::signed_out(gone(UNDER_WAY_COOKIE))
        }
        Ok(_) => pages::refused(&Refusal::State),
        Err(refusal) => pages::refused(&refusal),
    }
}

/// A call of the provider's, without a browser (OpenID Connect Back-Channel Logout, 2.5 to 2.8).
async fn backchannel_logout(state: Data<State>, body: Bytes) -> HttpResponse {
    let outcome = blocking(move || {
        let body = std::str::from_utf8(&body).unwrap_or_default();
        state.log_out(&single(body, "logout_token")?.unwrap_or_default())
    });
    let (status, body) = match outcome.await {
        Ok(()) => (StatusCode::OK, String::new()),
        Err(refusal) => {
            let description = format!("{}: {refusal}", refusal.name());
            let error = serde_json::json!({
                "error": "invalid_request",
                "error_description": description,
            });
            (StatusCode::BAD_REQUEST, error.to_string())
        }
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("application/json")
        .body(body)
}

async fn not_found() -> HttpResponse {
    SITE.not_found()
}

async fn blocking<T, F>(work: F) -> Result<T, Refusal>
where
    F: FnOnce() -> Result<T, Refusal> + Send + 'static,
    T: Send + 'static,
{
    web::block(work)
        .await
        .unwrap_or_else(|error| Err(Refusal::Broken(error.to_string())))
}

/// A browser says where a form was sent from; other ports of the host would get past `SameSite`.
fn own_button(state: &State, request: &HttpRequest) -> Result<(), Refusal> {
    match request.headers().get(ORIGIN) {
        Some(origin) if origin.as_bytes() != state.settings.base_url.as_bytes() => {
            Err(Refusal::OtherSite)
        }
        _ => Ok(()),
    }
}

fn to_home() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((LOCATION, "/"))
        .insert_header((CACHE_CONTROL, "no-store"));
    response
}

fn cookie(request: &HttpRequest, name: &str) -> String {
    request
        .cookie(name)
        .map(|cookie| cookie.value().to_owned())
        .unwrap_or_default()
}

/// A cookie until the browser is closed; it comes along when the provider sends the browser back (`Lax`).
fn kept(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish()
}

fn gone(name: &'static str) -> Cookie<'static> {
    let mut cookie = kept(name, String::new());
    cookie.make_removal();
    cookie
}

//! What every handler needs of a request: the operation's context and what the browser shows.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use actix_web::{FromRequest, HttpRequest, web};

use super::cookies::{self, Name};
use super::{App, Site};
use crate::model::{RequestId, SecretHash};
use crate::op::{Actor, Op};
use crate::render::Reader;
use crate::signin::Browser;
use crate::traces::Draft;

/// One visit: the time is read once, the browser's cookies are hashed once.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) op: Op,
    pub(super) browser: Browser,
    /// The binding's secret, when this visit made it: the cookie must be set.
    pub(super) new_binding: Option<String>,
    /// The known browser's secret.
    pub(super) known: Option<String>,
    /// In which language they read, on which ground.
    pub(super) language: Reader,
    /// What is noted of an application's attempt.
    pub(super) trace: Draft,
}

impl Visitor {
    fn of(request: &HttpRequest, app: &App) -> Self {
        let header = |name| {
            let value = request.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let secret = |name| cookies::read(request, &app.site, name);
        let (op_entropy, now) = (app.entropy.clone(), app.clock.now());
        let (languages, nonce) = (header(ACCEPT_LANGUAGE), op_entropy.octets());
        Self {
            op: Op {
                actor: Actor::Anonymous,
                now,
                request_id: RequestId::from_random(op_entropy.octets()),
                remote_addr: remote_address(request, &app.site),
                entropy: op_entropy,
            },
            browser: Browser {
                binding: secret(Name::Browser).map(|secret| SecretHash::of(&secret)),
                session: secret(Name::Session).map(|secret| SecretHash::of(&secret)),
                user_agent: header(USER_AGENT).chars().take(256).collect(),
            },
            new_binding: None,
            known: secret(Name::Known),
            language: cookies::look(request, &app.site, languages, nonce),
            trace: Draft::default(),
        }
    }

    /// Makes sure that the browser has a binding; the response sets the cookie.
    pub(super) fn bind(&mut self) -> SecretHash {
        if let Some(binding) = &self.browser.binding {
            return binding.clone();
        }
        let secret = self.op.entropy.token();
        let binding = SecretHash::of(&secret);
        self.browser.binding = Some(binding.clone());
        self.new_binding = Some(secret);
        binding
    }
}

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.app_data::<web::Data<App>>() {
            Some(app) => Ok(Self::of(request, app)),
            None => Err(actix_web::error::ErrorInternalServerError("no app")),
        })
    }
}

/// The peer's address; by a trusted proxy's word the last one in `X-Forwarded-For` that is not a proxy itself.
fn remote_address(request: &HttpRequest, site: &Site) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    if !site.trusts(peer) {
        return Some(peer);
    }
    let forwarded = request.headers().get_all("x-forwarded-for");
    let addresses: Vec<_> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|address| address.trim().parse::<IpAddr>().ok())
        .collect();
    for address in addresses.into_iter().rev() {
        match address {
            Some(address) if site.trusts(address) => {}
            Some(address) => return Some(address),
            None => return Some(peer),
        }
    }
    Some(peer)
}

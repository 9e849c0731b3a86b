//! The HTTP client against servers on loopback: whom it connects to, what it sends, and where it stops.

mod addresses;
mod exchange;
mod guard;
mod limits;
mod proxy;
pub(crate) mod server;
mod sts;
mod tls;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signet::model::Network;
use signet::model::Span;
use signet::outbound::{
    AddressRule, HttpClient, HttpRequest, HttpResponse, OutboundError, OutboundSettings,
};
use url::Url;

use server::Server;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn networks(texts: &[&str]) -> AddressRule {
    AddressRule::PublicAnd(texts.iter().map(|t| Network::parse(t).unwrap()).collect())
}

/// Public addresses, and 127.0.0.0/8.
fn settings() -> OutboundSettings {
    OutboundSettings {
        addresses: networks(&["127.0.0.0/8"]),
        ..OutboundSettings::default()
    }
}

fn client() -> HttpClient {
    HttpClient::new(settings()).unwrap()
}

fn trusting(authority: &Path) -> OutboundSettings {
    OutboundSettings {
        extra_roots: Some(authority.to_owned()),
        ..settings()
    }
}

fn impatient() -> HttpClient {
    HttpClient::new(OutboundSettings {
        timeout: Span::millis(400),
        ..settings()
    })
    .unwrap()
}

fn get(client: &HttpClient, text: &str) -> Result<HttpResponse, OutboundError> {
    client.send(&HttpRequest::get(url(text)))
}

/// A resolver that gives one answer after the other, the last one for ever, and counts how often it is asked.
struct Names {
    asked: Arc<AtomicUsize>,
    answers: Vec<Vec<IpAddr>>,
}

impl Names {
    fn answering(answers: &[&[&str]]) -> Self {
        let parse = |one: &&[&str]| one.iter().map(|a| a.parse().unwrap()).collect();
        Self {
            asked: Arc::default(),
            answers: answers.iter().map(parse).collect(),
        }
    }

    fn client(&self, settings: OutboundSettings) -> HttpClient {
        let (asked, answers) = (Arc::clone(&self.asked), self.answers.clone());
        let lookup = move |_: &str| {
            let n = asked.fetch_add(1, Ordering::SeqCst);
            Ok(answers[n.min(answers.len() - 1)].clone())
        };
        HttpClient::with_lookup(settings, Arc::new(lookup)).unwrap()
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

//! The server, its addresses, what public_url answers, and the clock that answers there.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::finding::Finding;
use super::http::Answer;
use super::instance::{Instance, Running};
use crate::cli::serve::stop_what_has;
use crate::model::{Span, Timestamp};

/// A code of an authenticator app and an assertion are good for about a minute.
const TOO_FAR: Span = Span::seconds(60);
const FAR: Span = Span::seconds(10);

/// Whether the server runs.
pub(super) fn server(instance: &Instance) -> Vec<Finding> {
    let subject = "the server";
    let start = format!("signet serve --config {}", instance.config.file().display());
    match instance.running {
        Running::Here => vec![Finding::ok("SERVER", subject, "it runs on this machine")],
        Running::No | Running::NotHere => vec![Finding::warning(
            "SERVER_STOPPED",
            subject,
            ("it does not run on this machine", start),
        )],
    }
}

/// Free, or held by our own server.
pub(super) fn listeners(instance: &Instance) -> Vec<Finding> {
    let listen = &instance.config.listen;
    [
        ("listen.address", listen.address),
        ("listen.management", listen.management),
    ]
    .into_iter()
    .map(|(key, address)| listener(key, address, instance.running))
    .collect()
}

fn listener(key: &str, address: SocketAddr, running: Running) -> Finding {
    let subject = format!("{key} {address}");
    let error = match TcpListener::bind(address) {
        Ok(_) if running == Running::Here => {
            let fix = "restart the server, so that it listens where the configuration says";
            let cause = "the server runs, and does not listen there";
            return Finding::warning("LISTEN_ADDRESS_UNUSED", subject, (cause, fix));
        }
        Ok(_) => return Finding::ok("LISTEN_ADDRESS", subject, "free"),
        Err(error) => error,
    };
    match (error.kind(), running) {
        (ErrorKind::AddrInUse, Running::Here) => {
            Finding::ok("LISTEN_ADDRESS", subject, "held by the server")
        }
        (ErrorKind::AddrInUse, _) => Finding::broken(
            "LISTEN_ADDRESS_TAKEN",
            subject,
            (
                "another program listens there",
                format!(
                    "{}, or set {key} to another address",
                    stop_what_has(address.port())
                ),
            ),
        ),
        // A server that was started with more rights than this command may hold it well.
        (ErrorKind::PermissionDenied, Running::Here) => Finding::ok(
            "LISTEN_ADDRESS",
            subject,
            "not free to this user; the server runs",
        ),
        _ => Finding::broken(
            "LISTEN_ADDRESS_UNUSABLE",
            subject,
            (
                error.to_string(),
                format!(
                    "set {key} to an address of this machine; for a port below 1024 give the unit CAP_NET_BIND_SERVICE"
                ),
            ),
        ),
    }
}

/// Our metadata stands behind public_url.
pub(super) fn public_url(instance: &Instance) -> Vec<Finding> {
    let Some((answer, _)) = &instance.answer else {
        return Vec::new();
    };
    let subject = instance.config.public_url.to_string();
    let wanted = instance.config.identity().ok();
    let entity_id = wanted.as_ref().map_or("", |i| i.entity_id.as_str());
    let finding = match answer {
        Err(error) => unreachable(subject, error, instance.running),
        Ok(answer) => match entity_id_in(answer) {
            Some(found) if found == entity_id => Finding::ok(
                "PUBLIC_URL",
                subject,
                "this instance's metadata answers there",
            ),
            Some(found) => Finding::broken(
                "PUBLIC_URL_OTHER_INSTANCE",
                subject,
                (
                    format!("the metadata there is of {found}"),
                    "let the name or the proxy lead to this instance, or correct public_url",
                ),
            ),
            None => Finding::broken(
                "PUBLIC_URL_NOT_METADATA",
                subject,
                (
                    format!(
                        "/saml/metadata answers {} without our metadata",
                        answer.status
                    ),
                    "let the proxy pass every path on as it is to listen.address",
                ),
            ),
        },
    };
    vec![finding]
}

fn unreachable(subject: String, error: &str, running: Running) -> Finding {
    let cause = format!("it does not answer: {error}");
    let fix = "check the name, the proxy, its certificate and the firewall; if only this machine cannot reach it, \
               name the proxy's address for it in /etc/hosts";
    if running == Running::Here {
        Finding::broken("PUBLIC_URL_UNREACHABLE", subject, (cause, fix))
    } else {
        Finding::warning("PUBLIC_URL_UNREACHABLE", subject, (cause, fix))
    }
}

fn entity_id_in(answer: &Answer) -> Option<&str> {
    if answer.status != 200 {
        return None;
    }
    let (_, rest) = answer.body.split_once("entityID=\"")?;
    rest.split_once('"').map(|(entity_id, _)| entity_id)
}

/// This machine's clock against the one that answered.
pub(super) fn clock(instance: &Instance) -> Vec<Finding> {
    let Some((Ok(answer), at)) = &instance.answer else {
        return Vec::new();
    };
    answer
        .date
        .map(|date| skew(*at, date))
        .into_iter()
        .collect()
}

/// What is to be said of two clocks; `theirs` knows whole seconds only.
pub fn skew(ours: Timestamp, theirs: Timestamp) -> Finding {
    let apart = ours.since(theirs).max(theirs.since(ours));
    let subject = "this machine's clock";
    let cause = format!(
        "it differs by {} seconds from the one that answers at public_url",
        apart.as_seconds()
    );
    let fix = "let both machines follow a time server: timedatectl set-ntp true";
    if apart > TOO_FAR {
        Finding::broken("CLOCK_SKEW", subject, (cause, fix))
    } else if apart > FAR {
        Finding::warning("CLOCK_SKEW", subject, (cause, fix))
    } else {
        Finding::ok(
            "CLOCK",
            subject,
            "agrees with the one that answers at public_url",
        )
    }
}

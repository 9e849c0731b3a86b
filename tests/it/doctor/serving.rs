//! With a server: its addresses, what answers at public_url, and the clock there.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use super::{Examined, Server, edit, instance};
use crate::cli::program::{Place, free_port};

/// The port of `public_url`, at which the server of [`instance`] listens.
fn port(place: &Place) -> String {
    let text = std::fs::read_to_string(place.path("signet.toml")).unwrap();
    let (_, rest) = text.split_once("public_url = \"http://localhost:").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// The server behind a proxy that is not there: public_url leads to another port.
fn behind_a_proxy() -> (Place, String) {
    let place = instance();
    let port = port(&place);
    let own = format!("address = \"127.0.0.1:{}\"", free_port());
    edit(&place, &format!("address = \"127.0.0.1:{port}\""), &own);
    (place, port)
}

/// Answers everybody with this for as long as the test runs.
fn answer_at(port: &str, body: &str, date: &str) {
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            let mut octets = [0; 4_096];
            let _ = stream.read(&mut octets);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
}

#[test]
fn a_running_instance_has_nothing_broken() {
    let place = instance();
    let _server = Server::start(&place);
    let seen = Examined::of(&place);
    assert_eq!(seen.codes("broken"), [""; 0]);
    assert_eq!(seen.codes("warning"), ["ADMINISTRATOR_FACTOR"]);
    seen.finds("SERVER", "ok", "it runs")
        .finds("LISTEN_ADDRESS", "ok", "held by the server")
        .finds("PUBLIC_URL", "ok", "this instance's metadata")
        .finds("CLOCK", "ok", "agrees");
}

#[test]
fn an_address_that_cannot_be_had_is_found() {
    let place = instance();
    let port = port(&place);
    let taken = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    Examined::of(&place).broken("LISTEN_ADDRESS_TAKEN", "another program");
    drop(taken);
    edit(
        &place,
        &format!("address = \"127.0.0.1:{port}\""),
        "address = \"192.0.2.1:8080\"",
    );
    Examined::of(&place).broken("LISTEN_ADDRESS_UNUSABLE", "listen.address");
}

#[test]
fn a_public_url_that_leads_nowhere_or_elsewhere_is_found() {
    let (place, port) = behind_a_proxy();
    let _server = Server::start(&place);
    Examined::of(&place).broken("PUBLIC_URL_UNREACHABLE", "does not answer");
    answer_at(
        &port,
        "<EntityDescriptor entityID=\"https://other.example/saml\"/>",
        "",
    );
    Examined::of(&place).broken("PUBLIC_URL_OTHER_INSTANCE", "https://other.example/saml");
    // What the configuration says since the server was started.
    let text = std::fs::read_to_string(place.path("signet.toml")).unwrap();
    let address = text
        .lines()
        .find(|l| l.starts_with("address = "))
        .unwrap()
        .to_owned();
    edit(
        &place,
        &address,
        &format!("address = \"127.0.0.1:{}\"", free_port()),
    );
    Examined::of(&place).warns("LISTEN_ADDRESS_UNUSED", "restart the server");
}

#[test]
fn a_proxy_that_answers_itself_and_a_clock_that_is_wrong_are_found() {
    let (place, port) = behind_a_proxy();
    let _server = Server::start(&place);
    answer_at(&port, "<h1>Welcome</h1>", "Thu, 01 Jan 2015 00:00:00 GMT");
    Examined::of(&place)
        .broken(
            "PUBLIC_URL_NOT_METADATA",
            "answers 200 without our metadata",
        )
        .broken("CLOCK_SKEW", "timedatectl");
}

//! Names and addresses that lead where nobody may be led.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crossbeam_channel::bounded;
use signet::model::Span;
use signet::outbound::{AddressClass, AddressRule, HttpClient, OutboundError, OutboundSettings};

use super::server::{Authority, answer};
use super::{Names, Server, get, networks, settings, trusting};

fn strict() -> HttpClient {
    HttpClient::new(OutboundSettings::default()).unwrap()
}

fn class_of(error: OutboundError) -> AddressClass {
    match error {
        OutboundError::Refused { class, .. } => class,
        other => panic!("refused for another reason: {other}"),
    }
}

#[test]
fn loopback_is_refused_however_it_is_spelt() {
    let server = Server::answering(answer("200 OK", "", "inside"));
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
    ] {
        for scheme in ["http", "https"] {
            let error = get(&strict(), &format!("{scheme}://{host}:{}/", server.port)).unwrap_err();
            assert_eq!(class_of(error), AddressClass::Loopback, "{scheme} {host}");
        }
    }
    assert_eq!(server.connections(), 0);
}

/// Only ones that lead to this machine, should the guard ever fail: the others are judged in `addresses`, unconnected.
#[test]
fn inside_addresses_are_refused_before_anything_is_sent() {
    let server = Server::answering(answer("200 OK", "", "inside"));
    for (host, expected) in [
        ("0.0.0.0", AddressClass::Unspecified),
        ("0", AddressClass::Unspecified),
        ("[::]", AddressClass::Unspecified),
        ("[::ffff:127.0.0.1]", AddressClass::EmbeddedIpv4),
        ("[::ffff:7f00:1]", AddressClass::EmbeddedIpv4),
        ("[::ffff:0.0.0.0]", AddressClass::EmbeddedIpv4),
    ] {
        let error = get(&strict(), &format!("https://{host}:{}/", server.port)).unwrap_err();
        assert_eq!(class_of(error), expected, "{host}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_refusal_says_what_to_do() {
    let error = get(&strict(), "https://localhost/metadata?token=SECRET").unwrap_err();
    let text = error.to_string();
    for part in [
        "localhost is not called",
        "a loopback address",
        "allowed_networks in [outbound]",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(
        !text.contains("SECRET") && !text.contains("metadata"),
        "{text}"
    );
}

/// 127.0.0.1 stands for what may be called, the rest of loopback for what may not.
fn first_loopback_alone() -> OutboundSettings {
    OutboundSettings {
        addresses: networks(&["127.0.0.1"]),
        ..settings()
    }
}

#[test]
fn a_name_is_judged_by_every_address_it_has() {
    let server = Server::answering(answer("200 OK", "", "outside"));
    let ask = |answers: &[&str]| {
        let names = Names::answering(&[answers]);
        let client = names.client(first_loopback_alone());
        let answer = get(&client, &format!("http://localhost:{}/", server.port));
        assert_eq!(names.asked(), 1);
        answer
    };
    assert_eq!(ask(&["127.0.0.1", "127.0.0.1"]).unwrap().status, 200);
    // Also the one behind those that would be tried.
    let mut many = vec!["127.0.0.1"; 40];
    many.push("127.0.0.2");
    for answers in [
        &["127.0.0.2"][..],
        &["127.0.0.2", "127.0.0.1"],
        &["127.0.0.1", "127.0.0.2"],
        &["127.0.0.1", "::1"],
        &["127.0.0.1", "::ffff:127.0.0.2"],
        &many,
    ] {
        let error = ask(answers).unwrap_err();
        assert!(
            matches!(&error, OutboundError::Refused { host, .. } if host == "localhost"),
            "{answers:?}: {error}"
        );
    }
    assert_eq!(server.connections(), 1);
}

/// DNS rebinding: the answer that was checked is the one that is connected to; there is no second question.
#[test]
fn a_name_is_resolved_once_for_each_exchange() {
    let outside = Server::answering(answer("200 OK", "", "outside"));
    let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let inside = Server::answering_at(other, outside.port, answer("200 OK", "", "inside"));
    let names = Names::answering(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = names.client(first_loopback_alone());
    let url = format!("http://localhost:{}/", outside.port);

    let first = get(&client, &url).unwrap();
    assert_eq!(
        (first.status, first.body.as_slice()),
        (200, &b"outside"[..])
    );
    assert_eq!(names.asked(), 1);

    let second = get(&client, &url).unwrap_err();
    assert_eq!(class_of(second), AddressClass::Loopback);
    assert_eq!(names.asked(), 2);
    assert_eq!((outside.connections(), inside.connections()), (1, 0));
}

#[test]
fn with_tls_the_name_is_resolved_once_as_well() {
    let authority = Authority::new();
    let server = authority.server("rebind.example", 4000, answer("200 OK", "", "outside"));
    let names = Names::answering(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let client = names.client(OutboundSettings {
        addresses: networks(&["127.0.0.1"]),
        ..trusting(&authority.file())
    });
    let url = format!("https://rebind.example:{}/", server.port);
    assert_eq!(get(&client, &url).unwrap().body, b"outside");
    assert_eq!(names.asked(), 1);
    let second = get(&client, &url).unwrap_err();
    assert_eq!(class_of(second), AddressClass::Loopback);
}

#[test]
fn plain_http_goes_to_this_machine_alone() {
    let names = Names::answering(&[&["127.0.0.1"]]);
    let client = names.client(OutboundSettings {
        addresses: AddressRule::Any,
        ..OutboundSettings::default()
    });
    for url in [
        "http://id.example.com/",
        "http://localhost.example.com/",
        "http://0.0.0.0:1/",
        "http://[::]:1/",
        "http://[::ffff:0.0.0.0]:1/",
    ] {
        let error = get(&client, url).unwrap_err();
        assert!(
            matches!(error, OutboundError::PlainHttp { .. }),
            "{url}: {error}"
        );
    }
    assert_eq!(names.asked(), 0, "a name was asked for");
    // A localhost that does not lie on loopback may be another machine. (Linux takes this one for itself.)
    let names = Names::answering(&[&["0.0.0.0"]]);
    let client = names.client(OutboundSettings {
        addresses: AddressRule::Any,
        ..OutboundSettings::default()
    });
    let error = get(&client, "http://localhost:1/").unwrap_err();
    assert!(matches!(error, OutboundError::PlainHttp { .. }), "{error}");
}

#[test]
fn only_plain_urls_are_called() {
    let client = super::client();
    for (url, says) in [
        ("ftp://127.0.0.1/", "must begin with https://"),
        ("file:///etc/passwd", "has no host"),
        ("gopher://127.0.0.1:70/", "must begin with https://"),
        ("data:text/plain,x", "has no host"),
        ("https://me@127.0.0.1/", "user name or password"),
        ("https://me:SECRET@127.0.0.1/", "user name or password"),
        ("https://:SECRET@127.0.0.1/", "user name or password"),
    ] {
        let error = get(&client, url).unwrap_err();
        assert!(matches!(error, OutboundError::Url { .. }), "{url}: {error}");
        assert!(error.to_string().contains(says), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
}

#[test]
fn a_name_without_an_address_is_told() {
    let client = Names::answering(&[&[]]).client(settings());
    let error = get(&client, "https://nobody.example/x?token=SECRET").unwrap_err();
    let expected = OutboundError::NameNotFound {
        host: "nobody.example".into(),
    };
    assert_eq!(error, expected);
    let refusing = |_: &str| Err(io::Error::other("no such name"));
    let client = HttpClient::with_lookup(settings(), Arc::new(refusing)).unwrap();
    assert_eq!(
        get(&client, "https://nobody.example/").unwrap_err(),
        expected
    );
}

/// The system's call cannot be cancelled: a dead DNS costs time and a bounded number of threads.
#[test]
fn lookups_that_hang_are_left_and_are_bounded() {
    let (release, held) = bounded::<()>(0);
    let hanging = move |_: &str| {
        let _ = held.recv();
        Err(io::Error::other("gone"))
    };
    let settings = OutboundSettings {
        timeout: Span::millis(20),
        ..settings()
    };
    let client = HttpClient::with_lookup(settings, Arc::new(hanging)).unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..65 {
        outcomes.push(get(&client, "https://slow.example/").unwrap_err());
    }
    let busy = outcomes.pop().unwrap();
    assert!(
        outcomes
            .iter()
            .all(|e| matches!(e, OutboundError::TimedOut { .. })),
        "{outcomes:?}"
    );
    assert_eq!(busy, OutboundError::Busy);
    drop(release);
    // The threads end, and the client is as before.
    let recovered = (0..100).any(|_| {
        super::server::wait(20);
        matches!(
            get(&client, "https://slow.example/"),
            Err(OutboundError::NameNotFound { .. })
        )
    });
    assert!(recovered);
}

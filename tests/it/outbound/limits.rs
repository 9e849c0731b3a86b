//! Whatever the other side does, an exchange ends: by octets and by time.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use signet::outbound::{HttpClient, HttpRequest, OutboundError, OutboundSettings};

use super::server::{answer, read_request, wait};
use super::{Server, client, get, impatient, settings, url};

#[expect(
    clippy::disallowed_methods,
    reason = "measures how long an exchange takes"
)]
fn now() -> Instant {
    Instant::now()
}

/// Less than the server would go on, by far.
const SOON: Duration = Duration::from_secs(5);

fn times_out(request: &HttpRequest) {
    let begin = now();
    let error = impatient().send(request).unwrap_err();
    assert!(matches!(error, OutboundError::TimedOut { .. }), "{error:?}");
    assert!(error.to_string().contains("timeout_seconds in [outbound]"));
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

/// Sends the beginning, and then one octet after the other for half a minute.
fn trickling(beginning: &'static str, octet: &'static [u8]) -> Server {
    Server::with(move |mut client| {
        let mut buffer = [0; 1024];
        let _ = client.read(&mut buffer);
        let mut go_on = client.write_all(beginning.as_bytes()).is_ok();
        for _ in 0..300 {
            wait(100);
            go_on = go_on && client.write_all(octet).is_ok();
            if !go_on {
                return;
            }
        }
    })
}

#[test]
fn a_silent_server_is_left() {
    let server = Server::with(|_client| wait(30_000));
    times_out(&HttpRequest::get(url(&server.url("/"))));
    let tls = format!("https://127.0.0.1:{}/", server.port);
    times_out(&HttpRequest::get(url(&tls)));
}

#[test]
fn slow_headers_and_slow_bodies_are_left() {
    for (beginning, octet) in [
        ("HTTP/1.1 200 OK\r\nx-slow: ", &b"a"[..]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"a"),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            b"1\r\na\r\n",
        ),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", b"a"),
    ] {
        times_out(&HttpRequest::get(
            url(&trickling(beginning, octet).url("/")),
        ));
    }
}

/// These may be seen to be no HTTP before the time is up; they end either way.
#[test]
fn slow_nonsense_is_left() {
    for beginning in ["", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 2"] {
        let server = trickling(beginning, b"H");
        let begin = now();
        get(&impatient(), &server.url("/")).unwrap_err();
        assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    }
}

#[test]
fn a_slow_handshake_is_left() {
    // A TLS record of 16 KiB that comes octet by octet.
    let server = Server::with(|mut client| {
        let mut go_on = client.write_all(&[0x16, 3, 3, 0x40, 0]).is_ok();
        for _ in 0..300 {
            wait(100);
            go_on = go_on && client.write_all(&[2]).is_ok();
            if !go_on {
                return;
            }
        }
    });
    let begin = now();
    let error = get(&impatient(), &format!("https://127.0.0.1:{}/", server.port)).unwrap_err();
    assert!(
        matches!(
            error,
            OutboundError::TimedOut { .. } | OutboundError::Tls { .. }
        ),
        "{error:?}"
    );
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[test]
fn a_receiver_that_takes_nothing_is_left() {
    let server = Server::with(|_client| wait(30_000));
    let text = "x".repeat(32 * 1024 * 1024);
    times_out(&HttpRequest::post_json(url(&server.url("/")), text));
}

#[test]
fn a_receiver_that_takes_little_is_left() {
    let server = Server::with(|mut client| {
        let mut octet = [0; 256];
        while client.read(&mut octet).is_ok_and(|n| n > 0) {
            wait(20);
        }
    });
    let text = "x".repeat(32 * 1024 * 1024);
    times_out(&HttpRequest::post_json(url(&server.url("/")), text));
}

fn small() -> HttpClient {
    HttpClient::new(OutboundSettings {
        max_body: 1000,
        ..settings()
    })
    .unwrap()
}

#[test]
fn a_body_of_the_limit_is_read_and_one_more_octet_is_not() {
    let chunked = |n: usize| {
        let body = "x".repeat(n);
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{n:x}\r\n{body}\r\n0\r\n\r\n")
            .into_bytes()
    };
    let until_closed = |n: usize| {
        let body = "x".repeat(n);
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}").into_bytes()
    };
    let counted = |n: usize| answer("200 OK", "", &"x".repeat(n));
    for make in [
        &counted as &dyn Fn(usize) -> Vec<u8>,
        &chunked,
        &until_closed,
    ] {
        let server = Server::answering(make(1000));
        assert_eq!(get(&small(), &server.url("/")).unwrap().body.len(), 1000);
        let server = Server::answering(make(1001));
        let error = get(&small(), &server.url("/")).unwrap_err();
        assert!(
            matches!(error, OutboundError::TooLarge { max: 1000, .. }),
            "{error:?}"
        );
    }
}

#[test]
fn endless_bodies_and_headers_are_cut() {
    for (beginning, more) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            "x",
        ),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", "x"),
        ("HTTP/1.1 200 OK\r\n", "x-header: y\r\n"),
        ("HTTP/1.1 200 OK\r\nx-header: ", "x"),
    ] {
        let server = Server::with(move |mut client| {
            read_request(&mut client);
            let more = more.repeat(1024);
            let mut go_on = client.write_all(beginning.as_bytes()).is_ok();
            while go_on {
                go_on = client.write_all(more.as_bytes()).is_ok();
            }
        });
        let begin = now();
        let error = get(&client(), &server.url("/")).unwrap_err();
        assert!(
            matches!(
                error,
                OutboundError::TooLarge { .. } | OutboundError::NotHttp { .. }
            ),
            "{beginning}: {error:?}"
        );
        assert!(begin.elapsed() < SOON);
    }
}

//! What is sent and what is read.

use signet::model::Secret;
use signet::outbound::{HttpRequest, OutboundError};

use super::server::{answer, read_request};
use super::{Server, client, get, url};
use std::io::Write;

#[test]
fn a_get_asks_for_the_path_and_reads_all() {
    let headers = "content-type: application/json; charset=utf-8\r\n";
    let server = Server::answering(answer("200 OK", headers, "{\"a\":1}"));
    let response = get(&client(), &server.url("/a%20b?x=1&y=%2F#fragment")).unwrap();
    assert_eq!(response.status, 200);
    assert_eq!(
        response.content_type.as_deref(),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(response.body, b"{\"a\":1}");
    let request = server.request().to_lowercase();
    assert!(
        request.starts_with("get /a%20b?x=1&y=%2f http/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains(&format!("host: 127.0.0.1:{}\r\n", server.port)));
    assert!(request.contains("user-agent: signet\r\n"), "{request}");
    for absent in [
        "accept-encoding",
        "cookie",
        "referer",
        "authorization",
        "fragment",
    ] {
        assert!(!request.contains(absent), "{request}");
    }
}

#[test]
fn a_form_survives_its_encoding() {
    let server = Server::answering(answer("200 OK", "", ""));
    let fields = [("a b", "1&2=3"), ("é", "+ %/\r\n"), ("empty", "")];
    let request = HttpRequest::post_form(url(&server.url("/form")), &fields);
    client().send(&request).unwrap();
    let sent = server.request();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /form HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("content-type: application/x-www-form-urlencoded"));
    assert!(head.contains(&format!("content-length: {}", body.len())));
    let read: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let read: Vec<(&str, &str)> = read.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(read, fields);
}

#[test]
fn json_and_a_bearer_token_are_sent_as_they_are() {
    let server = Server::answering(answer("201 Created", "", ""));
    let request = HttpRequest::post_json(url(&server.url("/scim")), "{\"é\":\"\\u0001\"}".into())
        .bearer(&Secret::from_text("t0ken".into()))
        .header("if-match", "\"1\"");
    assert_eq!(client().send(&request).unwrap().status, 201);
    let sent = server.request();
    for line in [
        "content-type: application/json\r\n",
        "authorization: Bearer t0ken\r\n",
        "if-match: \"1\"\r\n",
    ] {
        assert!(sent.contains(line), "{sent}");
    }
    assert!(sent.ends_with("\r\n\r\n{\"é\":\"\\u0001\"}"), "{sent}");
}

#[test]
fn every_status_is_an_answer() {
    for status in [
        "204 No Content",
        "400 Bad Request",
        "401 Unauthorized",
        "404 Not Found",
        "500 No",
        "503 Busy",
    ] {
        let body = if status.starts_with("204") { "" } else { "why" };
        let server = Server::answering(answer(status, "", body));
        let response = get(&client(), &server.url("/")).unwrap();
        assert_eq!(response.status.to_string(), status[..3]);
        assert_eq!(response.body, body.as_bytes());
    }
}

#[test]
fn redirects_are_not_followed() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let target = Server::answering(answer("200 OK", "", "inside"));
        let location = format!("location: {}\r\n", target.url("/latest/meta-data"));
        let server = Server::answering(answer(status, &location, ""));
        for request in [
            HttpRequest::get(url(&server.url("/"))),
            HttpRequest::post_form(url(&server.url("/")), &[("a", "b")]),
        ] {
            let response = client().send(&request).unwrap();
            assert_eq!(response.status.to_string(), status[..3]);
            assert!(response.body.is_empty());
        }
        assert_eq!((server.connections(), target.connections()), (2, 0));
    }
}

#[test]
fn compressed_bodies_are_not_unpacked() {
    let headers = "content-encoding: gzip\r\n";
    let server = Server::answering(answer("200 OK", headers, "not gzip at all"));
    assert_eq!(
        get(&client(), &server.url("/")).unwrap().body,
        b"not gzip at all"
    );
}

#[test]
fn each_exchange_has_a_connection_of_its_own() {
    let server = Server::with(|mut client| {
        while read_request(&mut client).is_some() {
            client.write_all(&answer("200 OK", "", "x")).unwrap();
        }
    });
    let client = client();
    for _ in 0..3 {
        get(&client, &server.url("/")).unwrap();
    }
    assert_eq!(server.connections(), 3);
}

#[test]
fn no_header_can_be_smuggled_in() {
    let server = Server::answering(answer("200 OK", "", ""));
    for value in ["a\r\nx-admin: 1", "a\nb", "a\rb", "a\0b"] {
        let at = || HttpRequest::get(url(&server.url("/")));
        let error = client().send(&at().header("x-test", value)).unwrap_err();
        assert_eq!(error, OutboundError::Header { name: "x-test" });
        let error = client()
            .send(&at().bearer(&Secret::from_text(value.into())))
            .unwrap_err();
        assert_eq!(
            error,
            OutboundError::Header {
                name: "authorization"
            }
        );
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_is_secret_is_not_printed() {
    let server = Server::answering(answer("200 OK", "content-type: text/plain\r\n", "SECRET"));
    let address = url(&server.url("/SECRET?token=SECRET"));
    let request = HttpRequest::post_form(address, &[("SAMLAssertion", "SECRET")])
        .bearer(&Secret::from_text("SECRET".into()))
        .header("x-key", "SECRET");
    let printed = format!("{request:?}");
    assert!(!printed.contains("SECRET"), "{printed}");
    assert!(
        printed.contains("authorization") && printed.contains("127.0.0.1"),
        "{printed}"
    );
    let client = client();
    let response = client.send(&request).unwrap();
    let printed = format!("{response:?} {client:?}");
    assert!(!printed.contains("SECRET"), "{printed}");
    assert!(
        printed.contains("200") && printed.contains("text/plain"),
        "{printed}"
    );
}

#[test]
fn an_error_names_the_origin_and_no_more() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = listener.local_addr().unwrap().port();
    drop(listener);
    let garbage = Server::answering("SSH-2.0-OpenSSH_9.2\r\n\r\n");
    let hanging_up = Server::answering("");
    let cut = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nSECRE");
    for port in [free, garbage.port, hanging_up.port, cut.port] {
        let address = url(&format!("http://127.0.0.1:{port}/SECRET?t=SECRET"));
        let request = HttpRequest::post_json(address, "SECRET".into())
            .bearer(&Secret::from_text("SECRET".into()));
        let error = client().send(&request).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("SECRE"), "{text}");
        assert!(text.contains(&format!("http://127.0.0.1:{port}")), "{text}");
    }
    let refused = get(&client(), &format!("http://127.0.0.1:{free}/")).unwrap_err();
    assert!(
        matches!(refused, OutboundError::Connection { .. }),
        "{refused:?}"
    );
    let error = get(&client(), &garbage.url("/")).unwrap_err();
    assert!(matches!(error, OutboundError::NotHttp { .. }), "{error:?}");
    let error = get(&client(), &cut.url("/")).unwrap_err();
    assert!(
        matches!(error, OutboundError::Connection { .. }),
        "{error:?}"
    );
}

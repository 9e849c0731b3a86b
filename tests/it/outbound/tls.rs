//! TLS: whose certificates are accepted.

use std::io::{Read, Write};

use signet::outbound::{HttpClient, OutboundError};

use super::server::{Authority, answer};
use super::{Names, Server, client, get, trusting};

fn ok() -> Vec<u8> {
    answer("200 OK", "", "over TLS")
}

fn refusal(client: &HttpClient, url: &str) -> String {
    let error = get(client, url).unwrap_err();
    assert!(
        matches!(error, OutboundError::Certificate { .. }),
        "{error:?}"
    );
    error.to_string()
}

#[test]
fn an_authority_of_the_operator_is_trusted_beside_the_systems() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", 4000, ok());
    let url = format!("https://127.0.0.1:{}/", server.port);
    let trusting = HttpClient::new(trusting(&authority.file())).unwrap();
    let response = get(&trusting, &url).unwrap();
    assert_eq!(
        (response.status, response.body.as_slice()),
        (200, &b"over TLS"[..])
    );
}

#[test]
fn without_it_nothing_is_sent() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", 4000, ok());
    let url = format!("https://127.0.0.1:{}/x?t=SECRET", server.port);
    let error = get(&client(), &url).unwrap_err();
    // A machine without authorities of its own says that before it connects.
    assert!(
        matches!(
            error,
            OutboundError::Certificate { .. } | OutboundError::NoAuthorities { .. }
        ),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains("ca_file in [outbound]") && !text.contains("SECRET"),
        "{text}"
    );

    let other = Authority::new();
    let text = refusal(&HttpClient::new(trusting(&other.file())).unwrap(), &url);
    assert!(text.contains("UnknownIssuer"), "{text}");
}

#[test]
fn a_certificate_for_another_name_or_of_another_time_is_refused() {
    let authority = Authority::new();
    let names = Names::answering(&[&["127.0.0.1"]]);
    let client = names.client(trusting(&authority.file()));
    let server = authority.server("sts.example", 4000, ok());
    let at = |name: &str| format!("https://{name}:{}/", server.port);
    assert_eq!(get(&client, &at("sts.example")).unwrap().status, 200);
    for name in ["sts.example.com", "127.0.0.1", "xsts.example"] {
        let text = refusal(&client, &at(name));
        assert!(text.contains("not valid for name"), "{text}");
    }
    let old = authority.server("sts.example", 2020, ok());
    let text = refusal(&client, &format!("https://sts.example:{}/", old.port));
    assert!(text.contains("expired"), "{text}");
}

#[test]
fn a_server_without_tls_is_told() {
    let authority = Authority::new();
    let plain = Server::with(|mut client| {
        let mut hello = [0; 4096];
        let _ = client.read(&mut hello);
        let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    let client = HttpClient::new(trusting(&authority.file())).unwrap();
    let error = get(&client, &format!("https://127.0.0.1:{}/", plain.port)).unwrap_err();
    assert!(matches!(error, OutboundError::Tls { .. }), "{error:?}");
}

#[test]
fn a_file_of_authorities_that_cannot_be_used_is_a_mistake() {
    let authority = Authority::new();
    let folder = authority.file();
    let folder = folder.parent().unwrap();
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, text, says) in [
        ("missing.pem", None, "missing.pem: "),
        ("empty.pem", Some(""), "holds no certificate"),
        ("text.pem", Some("hello"), "holds no certificate"),
        ("bad.pem", Some(bad), "cannot be used"),
        (
            "cut.pem",
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n"),
            "cut.pem: ",
        ),
    ] {
        let path = folder.join(name);
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let error = HttpClient::new(trusting(&path)).unwrap_err();
        assert!(
            matches!(error, OutboundError::AuthorityFile { .. }),
            "{error:?}"
        );
        let told = error.to_string();
        assert!(told.contains(says) && told.contains("in PEM"), "{told}");
    }
}

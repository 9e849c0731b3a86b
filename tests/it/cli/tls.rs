//! The server with its own TLS files.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::program::{Place, free_port};

#[test]
fn it_serves_with_a_certificate_of_its_own() {
    let place = Place::empty();
    let port = free_port();
    let certificate = with_tls_files(&place);
    let url = format!("https://localhost:{port}");
    let link = place
        .run(&[
            "init",
            "--yes",
            "--public-url",
            &url,
            "--tls",
            "tls",
            "--database",
            "sqlite:signet.db",
        ])
        .ok();
    assert!(link.out.starts_with(&url), "{}", link.out);
    let file = place.path("signet.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text
        .replace("127.0.0.1:9090", &format!("127.0.0.1:{}", free_port()))
        .replace("0.0.0.0:", "127.0.0.1:");
    std::fs::write(&file, text).unwrap();
    let mut server = place.command(&["serve"]).spawn().unwrap();

    let answer = ask(port, certificate.der().clone());
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert!(
        answer
            .to_ascii_lowercase()
            .contains("strict-transport-security"),
        "{answer}"
    );
}

#[test]
fn a_key_of_another_certificate_is_named_before_anything_is_made() {
    let place = Place::empty();
    with_tls_files(&place);
    let other = rcgen::KeyPair::generate().unwrap();
    std::fs::write(place.path("tls/key.pem"), other.serialize_pem()).unwrap();
    let url = "https://localhost:1";
    let init = ["init", "--yes", "--public-url", url, "--tls", "tls"];
    let said = place
        .run(&init)
        .failed("is not the key of the first certificate in tls.certificate");
    assert!(said.err.contains("tls.key"), "{}", said.err);
    assert!(!place.path("signet.toml").exists());
    assert!(!place.path("keys").exists());
}

/// A folder `tls` with a key and its own certificate of localhost.
fn with_tls_files(place: &Place) -> rcgen::Certificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::create_dir(place.path("tls")).unwrap();
    std::fs::write(place.path("tls/cert.pem"), certificate.pem()).unwrap();
    std::fs::write(place.path("tls/key.pem"), key.serialize_pem()).unwrap();
    certificate
}

fn ask(port: u16, certificate: rustls::pki_types::CertificateDer<'static>) -> String {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = (0..500)
        .find_map(|_| {
            TcpStream::connect(("127.0.0.1", port))
                .map_err(|_| std::thread::park_timeout(std::time::Duration::from_millis(20)))
                .ok()
        })
        .expect("it listens within ten seconds");
    let mut tls = StreamOwned::new(client, stream);
    tls.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    // The server may close without a last word of TLS.
    let _ = tls.read_to_string(&mut answer);
    answer
}

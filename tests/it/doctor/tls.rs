//! The server's own TLS files.

use std::fs;

use rcgen::{CertificateParams, KeyPair};
use time::{Duration, OffsetDateTime};

use super::{Examined, edit};
use crate::cli::program::{Place, free_port};

/// A certificate for a host, valid from and until so many days from today, and its key's file or another one.
fn write(place: &Place, host: &str, (from, until): (i64, i64)) -> KeyPair {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![host.into()]).unwrap();
    let now = std::process::Command::new("date")
        .arg("+%s")
        .output()
        .unwrap();
    let now: i64 = String::from_utf8(now.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let day = |days| OffsetDateTime::from_unix_timestamp(now).unwrap() + Duration::days(days);
    params.not_before = day(from);
    params.not_after = day(until);
    let certificate = params.self_signed(&key).unwrap();
    fs::write(place.path("tls/cert.pem"), certificate.pem()).unwrap();
    fs::write(place.path("tls/key.pem"), key.serialize_pem()).unwrap();
    key
}

fn with_tls() -> Place {
    let place = Place::empty();
    fs::create_dir(place.path("tls")).unwrap();
    write(&place, "localhost", (-1, 90));
    let url = format!("https://localhost:{}", free_port());
    let database = "sqlite:data/signet.db";
    place
        .run(&[
            "init",
            "--yes",
            "--public-url",
            &url,
            "--tls",
            "tls",
            "--database",
            database,
        ])
        .ok();
    let management = format!("127.0.0.1:{}", free_port());
    edit(&place, "127.0.0.1:9090", &management);
    edit(&place, "0.0.0.0:", "127.0.0.1:");
    place
}

#[test]
fn a_certificate_is_judged_by_its_key_its_dates_and_its_host() {
    let place = with_tls();
    let seen = Examined::of(&place);
    assert_eq!(seen.codes("broken"), [""; 0]);
    seen.finds("TLS_FILES", "ok", "")
        .finds("TLS_VALIDITY", "ok", "")
        .finds("TLS_HOST", "ok", "localhost");

    write(&place, "localhost", (-1, 20));
    Examined::of(&place).warns("TLS_EXPIRING", "renew");
    write(&place, "localhost", (-9, -1));
    Examined::of(&place).broken("TLS_EXPIRED", "renew");
    write(&place, "localhost", (1, 90));
    Examined::of(&place).broken("TLS_NOT_YET_VALID", "clock");
    write(&place, "id.example.com", (-1, 90));
    Examined::of(&place).broken("TLS_HOST", "not for localhost");
    write(&place, "localhost", (-1, 90));
    let other = KeyPair::generate().unwrap();
    fs::write(place.path("tls/key.pem"), other.serialize_pem()).unwrap();
    Examined::of(&place).broken("TLS_FILES", "tls.key");
    fs::remove_file(place.path("tls/cert.pem")).unwrap();
    Examined::of(&place).broken("TLS_FILES", "cert.pem");
}

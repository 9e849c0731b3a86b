//! The server's own TLS files.

use rustls::client::verify_server_name;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::finding::Finding;
use super::instance::Instance;
use crate::cli::tls::server_config;
use crate::model::{Span, Timestamp};

const SOON: Span = Span::days(21);

/// The first certificate of the file: the server's.
fn leaf(instance: &Instance) -> Option<(String, CertificateDer<'static>)> {
    let files = instance.config.tls.as_ref()?;
    let der = CertificateDer::from_pem_file(&files.certificate).ok()?;
    Some((files.certificate.display().to_string(), der))
}

/// They can be read, and the key is the certificate's.
pub(super) fn files(instance: &Instance) -> Vec<Finding> {
    let Some(files) = &instance.config.tls else {
        return Vec::new();
    };
    let subject = files.certificate.display().to_string();
    match server_config(&instance.config, files) {
        Ok(_) => vec![Finding::ok(
            "TLS_FILES",
            subject,
            "readable, and the key is the certificate's",
        )],
        Err(error) => vec![Finding::broken(
            "TLS_FILES",
            subject,
            (
                error.to_string(),
                "let tls.certificate name the chain in PEM, the server's first, and tls.key its key, readable for the user that runs Signet",
            ),
        )],
    }
}

/// It is valid now, and for three weeks more.
pub(super) fn validity(instance: &Instance) -> Vec<Finding> {
    let Some((subject, der)) = leaf(instance) else {
        return Vec::new();
    };
    let Ok(certificate) = Certificate::from_der(&der) else {
        let fix = "make a new certificate, and name it in tls.certificate";
        let cause = "its dates cannot be read";
        return vec![Finding::broken("TLS_FILES", subject, (cause, fix))];
    };
    let validity = certificate.tbs_certificate.validity;
    let time = |at: x509_cert::time::Time| {
        let seconds = i64::try_from(at.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_millis(seconds.saturating_mul(1_000))
    };
    let (begin, end, now) = (
        time(validity.not_before),
        time(validity.not_after),
        instance.now,
    );
    let renew = "renew the certificate, put it in the same place, and restart the server";
    let until = format!("it is valid until {}", end.to_xs_date_time());
    let finding = if end <= now {
        let cause = format!("it ended at {}", end.to_xs_date_time());
        Finding::broken("TLS_EXPIRED", subject, (cause, renew))
    } else if now < begin {
        let cause = format!("it begins at {} only", begin.to_xs_date_time());
        let fix = "set this machine's clock, or use a certificate that is valid now";
        Finding::broken("TLS_NOT_YET_VALID", subject, (cause, fix))
    } else if end.since(now) < SOON {
        Finding::warning("TLS_EXPIRING", subject, (until, renew))
    } else {
        Finding::ok("TLS_VALIDITY", subject, until)
    };
    vec![finding]
}

/// It is for public_url's host.
pub(super) fn covers_host(instance: &Instance) -> Vec<Finding> {
    let Some((subject, der)) = leaf(instance) else {
        return Vec::new();
    };
    let host = instance.config.public_url.host();
    let bare = host.trim_matches(['[', ']']);
    let covers = ServerName::try_from(bare).is_ok_and(|name| {
        ParsedCertificate::try_from(&der)
            .and_then(|certificate| verify_server_name(&certificate, &name))
            .is_ok()
    });
    if covers {
        return vec![Finding::ok(
            "TLS_HOST",
            subject,
            format!("it is for {host}"),
        )];
    }
    vec![Finding::broken(
        "TLS_HOST",
        subject,
        (
            format!("it is not for {host}: browsers refuse it"),
            format!("get a certificate whose subject alternative names hold {host}"),
        ),
    )]
}

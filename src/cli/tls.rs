//! The server's own TLS: a chain and a key in PEM files (RFC 7468).

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::CliError;
use crate::config::{Config, Tls};

/// TLS 1.2 and 1.3 with the configured files.
///
/// # Errors
/// The key of the configuration, the file, and what is wrong with it.
pub(super) fn server_config(config: &Config, tls: &Tls) -> Result<ServerConfig, CliError> {
    let wrong = |key: &'static str, path: &Path, reason: &dyn std::fmt::Display| {
        CliError::from(config.mistake(key, format!("{}: {reason}", path.display())))
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(|e| wrong("tls.certificate", &tls.certificate, &e))?;
    if chain.is_empty() {
        let reason = "holds no certificate; it must be the chain in PEM, the server's first";
        return Err(wrong("tls.certificate", &tls.certificate, &reason));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|e| wrong("tls.key", &tls.key, &e))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| CliError::failed("TLS cannot be used", e))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| match e {
            rustls::Error::InconsistentKeys(_) => {
                let reason = "is not the key of the first certificate in tls.certificate; name the key that it was \
                              issued for, and put the server's own certificate first";
                wrong("tls.key", &tls.key, &reason)
            }
            other => wrong("tls.certificate", &tls.certificate, &other),
        })
}

//! The certificate authorities that the client trusts: the system's, and a file of the operator's.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::Certificate;

use super::OutboundError;

/// All of them. Of the system's, what cannot be read is left out, as everywhere; the operator's file must be right.
///
/// # Errors
/// [`OutboundError::AuthorityFile`].
pub(super) fn load(extra: Option<&Path>) -> Result<Vec<Certificate<'static>>, OutboundError> {
    Ok(read_all(extra)?
        .iter()
        .map(|der| Certificate::from_der(der).to_owned())
        .collect())
}

/// The same, as they stand in files.
///
/// # Errors
/// [`OutboundError::AuthorityFile`].
pub(super) fn read_all(
    extra: Option<&Path>,
) -> Result<Vec<CertificateDer<'static>>, OutboundError> {
    let mut found = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = extra {
        found.extend(read(path)?);
    }
    Ok(found)
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, OutboundError> {
    let wrong = |reason: String| OutboundError::AuthorityFile {
        path: path.to_owned(),
        reason,
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|e| wrong(e.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong("it holds no certificate".to_owned()));
    }
    // ureq leaves out in silence what it cannot use; here it is a mistake of the configuration.
    let mut usable = RootCertStore::empty();
    for certificate in &certificates {
        usable
            .add(certificate.clone())
            .map_err(|e| wrong(format!("a certificate cannot be used ({e})")))?;
    }
    Ok(certificates)
}

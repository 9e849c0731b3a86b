//! How PostgreSQL is reached: the URL, time limits and TLS.
//!
//! A connection that is encrypted is also verified (name and chain, by the system's roots or `sslrootcert`): encryption
//! to whoever answers would protect nothing. Without `sslmode` in the URL a server elsewhere must offer TLS, and one on
//! this machine need not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode, TargetSessionAttrs};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::StoreError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
const KEEPALIVE_RETRIES: u32 = 3;
/// A server that acknowledges nothing for so long is gone (security.md R-17).
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(10);

/// A `postgres://` URL taken apart.
pub(super) struct Address {
    config: Config,
    root_certificate: Option<PathBuf>,
}

impl Address {
    /// Reads the URL: what the driver knows, and `sslrootcert`, `sslmode=verify-ca` and `verify-full` besides.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut kept = Vec::new();
        let mut root_certificate = None;
        let mut with_mode = false;
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            match pair.split_once('=') {
                Some(("sslrootcert", _)) => {
                    root_certificate = url::form_urlencoded::parse(pair.as_bytes())
                        .next()
                        .map(|(_, path)| PathBuf::from(path.as_ref()));
                }
                Some(("sslmode", mode)) => {
                    with_mode = true;
                    kept.push(match mode {
                        // Ours always verifies, the name too.
                        "verify-ca" | "verify-full" => "sslmode=require",
                        _ => pair,
                    });
                }
                _ => kept.push(pair),
            }
        }
        let mut config: Config = format!("{place}?{}", kept.join("&"))
            .parse()
            .map_err(|e| StoreError::Unavailable(describe(&e)))?;
        if !with_mode {
            config.ssl_mode(default_mode(&config));
        }
        with_limits(&mut config);
        Ok(Self {
            config,
            root_certificate,
        })
    }

    /// The address with what is needed to connect.
    pub(super) fn endpoint(self, statement_timeout: Duration) -> Result<Endpoint, StoreError> {
        let tls = match self.config.get_ssl_mode() {
            SslMode::Disable => None,
            _ => Some(tls(self.root_certificate.as_ref())?),
        };
        Ok(Endpoint {
            address: self,
            tls,
            statement_timeout,
        })
    }
}

fn default_mode(config: &Config) -> SslMode {
    let here = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        Host::Unix(_) => true,
    });
    if here {
        SslMode::Disable
    } else {
        SslMode::Require
    }
}

fn with_limits(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(TCP_USER_TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("signet");
    }
    config
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(KEEPALIVE_INTERVAL)
        .keepalives_retries(KEEPALIVE_RETRIES)
        // A decision is never made on a standby's old data (security.md R-18).
        .target_session_attrs(TargetSessionAttrs::ReadWrite);
}

fn tls(root_certificate: Option<&PathBuf>) -> Result<MakeRustlsConnect, StoreError> {
    let mut roots = RootCertStore::empty();
    match root_certificate {
        Some(path) => {
            let broken = |e: &dyn std::fmt::Display| {
                StoreError::Unavailable(format!("sslrootcert {}: {e}", path.display()))
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|e| broken(&e))? {
                let certificate = certificate.map_err(|e| broken(&e))?;
                roots.add(certificate).map_err(|e| broken(&e))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(StoreError::Unavailable(
            "no certificate authority to verify the database server with: give sslrootcert=FILE in database.url".into(),
        ));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| StoreError::Unavailable(format!("TLS: {e}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Where and how to connect.
pub(super) struct Endpoint {
    address: Address,
    tls: Option<MakeRustlsConnect>,
    statement_timeout: Duration,
}

impl Endpoint {
    /// Connects and sets the session up. Only on a thread of its own: the driver blocks.
    pub(super) fn connect(&self) -> Result<Client, StoreError> {
        let config = &self.address.config;
        let mut client = match &self.tls {
            Some(tls) => config.connect(tls.clone()),
            None => config.connect(NoTls),
        }
        .map_err(|e| StoreError::Unavailable(describe(&e)))?;
        client
            .batch_execute(&self.session_settings())
            .map_err(|e| StoreError::Unavailable(describe(&e)))?;
        Ok(client)
    }

    /// The limits, and a commit that is on disk when it is answered even where the server's default is not
    /// (security.md D-8).
    fn session_settings(&self) -> String {
        format!(
            "SET statement_timeout = {};
             SET idle_in_transaction_session_timeout = 30000;
             SET client_min_messages = warning;
             SET standard_conforming_strings = on;
             SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
            self.statement_timeout.as_millis()
        )
    }

    /// The environment by which PostgreSQL's own programs find the same database: no secret in their arguments.
    /// The database's name; PostgreSQL's own default is the user's.
    pub(super) fn database(&self) -> &str {
        let config = &self.address.config;
        let user = config.get_user().unwrap_or_default();
        config.get_dbname().unwrap_or(user)
    }

    pub(super) fn environment(&self) -> Vec<(&'static str, String)> {
        let config = &self.address.config;
        let hosts: Vec<String> = config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(folder) => folder.display().to_string(),
            })
            .collect();
        let ports: Vec<String> = config.get_ports().iter().map(u16::to_string).collect();
        let mode = match config.get_ssl_mode() {
            SslMode::Disable => "disable",
            _ => "verify-full",
        };
        let roots = match &self.address.root_certificate {
            Some(path) => path.display().to_string(),
            None => "system".to_owned(),
        };
        let mut all = vec![
            ("PGHOST", hosts.join(",")),
            ("PGPORT", ports.join(",")),
            ("PGUSER", config.get_user().unwrap_or_default().to_owned()),
            (
                "PGDATABASE",
                config.get_dbname().unwrap_or_default().to_owned(),
            ),
            ("PGSSLMODE", mode.to_owned()),
            ("PGCONNECT_TIMEOUT", "5".to_owned()),
        ];
        if let Some(password) = config.get_password() {
            let password = String::from_utf8_lossy(password).into_owned();
            all.push(("PGPASSWORD", password));
        }
        if self.tls.is_some() {
            all.push(("PGSSLROOTCERT", roots));
        }
        all.retain(|(_, value)| !value.is_empty());
        all
    }
}

/// The driver's error with its cause, without the values that a server puts into the detail.
pub(super) fn describe(error: &postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        let constraint = db.constraint().map(|c| format!(" ({c})"));
        return format!(
            "{} [{}]{}",
            db.message(),
            db.code().code(),
            constraint.unwrap_or_default()
        );
    }
    let cause = std::error::Error::source(error).map(|s| format!(": {s}"));
    format!("{error}{}", cause.unwrap_or_default())
}

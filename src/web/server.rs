//! The listeners: the public one for browsers, the management one for the supervisor.

use std::io;
use std::net::TcpListener;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use actix_web::{App as Service, HttpServer};

use super::oauth::discovery::Written;
use super::saml::metadata::Signed;
use super::{App, configure, configure_management};

/// Longer than load balancers keep an idle connection (60 s), so that it is they who close it.
const KEEP_ALIVE_SECONDS: u64 = 75;
/// What is being answered when the server stops may take so long.
const SHUTDOWN_SECONDS: u64 = 10;

/// Where to serve, and how.
#[derive(Debug)]
pub struct Listeners {
    /// For browsers.
    pub public: TcpListener,
    /// Health; never reachable from the public one.
    pub management: TcpListener,
    /// TLS of the public listener; none: plain HTTP.
    pub tls: Option<rustls::ServerConfig>,
    /// Threads that answer; none: one a core.
    pub workers: Option<usize>,
}

/// Both servers, to be awaited; they begin to answer when polled.
#[derive(Debug)]
pub struct Servers {
    /// The public one.
    pub public: Stoppable,
    /// The management one.
    pub management: Stoppable,
}

/// A server with its handle.
pub struct Stoppable {
    /// Runs until stopped.
    pub server: Server,
    /// Stops it.
    pub handle: ServerHandle,
}

impl std::fmt::Debug for Stoppable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stoppable(..)")
    }
}

/// Serves on open listeners. Signals stay with the caller.
///
/// # Errors
/// When a listener cannot be used.
pub fn serve(app: App, listeners: Listeners) -> io::Result<Servers> {
    let app = Data::new(app);
    let signed = Data::new(Signed::default());
    let written = Data::new(Written::default());
    let management = {
        let app = app.clone();
        HttpServer::new(move || {
            Service::new()
                .app_data(app.clone())
                .configure(configure_management)
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listeners.management)?
        .run()
    };
    let public = HttpServer::new(move || {
        Service::new()
            .app_data(app.clone())
            .app_data(signed.clone())
            .app_data(written.clone())
            .configure(configure)
    })
    .workers(listeners.workers.unwrap_or_else(cores))
    .keep_alive(std::time::Duration::from_secs(KEEP_ALIVE_SECONDS))
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS);
    let public = match listeners.tls {
        Some(tls) => public.listen_rustls_0_23(listeners.public, tls)?,
        None => public.listen(listeners.public)?,
    };
    Ok(Servers {
        public: stoppable(public.run()),
        management: stoppable(management),
    })
}

fn stoppable(server: Server) -> Stoppable {
    Stoppable {
        handle: server.handle(),
        server,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

//! The web server around a demo service.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};

/// Serves on an open listener with one worker. Signals stay with the caller, who stops the server by its handle.
pub(super) fn serve<F>(listener: TcpListener, configure: F) -> std::io::Result<Server>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let server = HttpServer::new(move || App::new().configure(|config| configure(config)))
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
    Ok(server)
}

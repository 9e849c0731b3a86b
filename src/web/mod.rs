//! The actix edge: routes, cookies, headers, pages. Parses into `protocol` and `model` types, makes one service call,
//! renders. No SQL, no decision, no XML; of the store only its handle.

mod account;
mod admin;
mod api;
mod app;
mod aws;
mod browser_name;
mod cookies;
mod csrf;
mod error;
mod extract;
mod files;
mod headers;
mod management;
mod oauth;
mod portal;
pub mod routes;
mod saml;
mod server;
mod signin;
mod trace;

pub use app::{App, Site};
pub use management::configure as configure_management;
pub use routes::configure;
pub use server::{Listeners, Servers, Stoppable, serve};

/// Our metadata as of now, signed.
///
/// # Errors
/// When there is no active key.
pub fn saml_metadata(app: &App) -> std::io::Result<String> {
    saml::metadata::sign(app).map_err(std::io::Error::other)
}

//! The server as browsers, service providers and attackers meet it: over HTTP.

mod account;
mod api;
mod aws;
mod console;
mod console_audit;
mod console_aws;
mod console_policies;
mod credentials;
mod edge;
mod joining;
mod leaving;
mod nodes;
mod oauth_flow;
mod oauth_logout;
mod oauth_refused;
mod own_pages;
mod passkeys;
mod portal;
mod protection;
mod refused;
mod routes;
mod saml_names;
mod saml_requests;
mod saml_sso;
mod sessions;
pub(crate) mod signin;
mod withdrawn;

//! The integration tests, one binary.

mod config;
mod credentials;
mod demo;
mod keys_audit;
mod render;
mod saml;
mod store;

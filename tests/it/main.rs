//! The integration tests, one binary.

mod access;
mod app;
mod apps;
mod architecture;
mod aws_wire;
mod cli;
mod config;
mod conformance;
mod credentials;
mod demo;
mod directory;
mod doctor;
mod import;
mod jobs;
mod keys_audit;
mod kill;
mod laptop;
mod oauth;
mod outbound;
mod peers;
mod policy;
mod render;
mod saml;
mod store;
mod traces;
mod web;

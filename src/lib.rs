//! Signet.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::todo,
    clippy::indexing_slicing,
    clippy::await_holding_lock,
    clippy::string_slice,
    clippy::allow_attributes
)]
#![warn(unreachable_pub)]

pub mod access;
pub mod apps;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod demo;
pub mod directory;
pub mod entropy;
pub mod issue;
pub mod jobs;
pub mod keys;
pub mod model;
pub mod op;
pub mod outbound;
pub mod policy;
pub mod protocol;
pub mod render;
pub mod sessions;
pub mod signin;
pub mod store;
pub mod web;

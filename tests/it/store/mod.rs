//! The store: one conformance suite over SQLite in memory, SQLite on disk and PostgreSQL, and what is particular to
//! an engine. An engine that is not there fails its tests; none is skipped.

pub(crate) mod engines;

mod audit_chain;
mod conformance;
mod kill;
mod migrations;
mod parity;
mod patience;
mod postgres;
mod proxy;
mod sqlite;
mod url;
mod values;

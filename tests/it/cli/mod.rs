//! The real program, run as people run it: arguments in, exit code, stdout and stderr out.

mod backup;
mod clients;
mod commands;
mod keys;
mod organisation;
pub(crate) mod program;
mod tls;
mod tokens;
mod traces;

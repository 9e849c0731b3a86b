//! The real program, run as people run it: arguments in, exit code, stdout and stderr out.

mod backup;
mod commands;
mod organisation;
pub(crate) mod program;

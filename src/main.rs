//! The program `signet`: see `signet::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    signet::cli::run()
}

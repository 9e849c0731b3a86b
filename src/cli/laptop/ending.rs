//! `signet logout`: ended at the instance, forgotten here.

use super::Laptop;
use super::folder::{ServerFolder, SignIn};
use super::oauth::{TokenCalls, discover};
use crate::cli::CliError;
use crate::config::PublicUrl;

/// One sign-in, or all.
pub(super) fn logout(laptop: &Laptop, url: Option<PublicUrl>) -> Result<(), CliError> {
    let servers = match url {
        Some(url) => vec![laptop.folder.server(&url)],
        None => laptop.folder.servers()?,
    };
    let mut signed_out = 0_usize;
    let mut not_told = None;
    for server in &servers {
        let Some(told) = end(laptop, server)? else {
            continue;
        };
        signed_out = signed_out.saturating_add(1);
        match told {
            Ok(()) => eprintln!("Signed out of {}.", server.url),
            Err(error) => not_told = Some(error),
        }
    }
    match not_told {
        Some(error) => Err(CliError::failed(
            "the sign-in is forgotten here, but the server could not be told. End it on your account page there",
            error,
        )),
        None => {
            if signed_out == 0 {
                eprintln!("You were not signed in.");
            }
            Ok(())
        }
    }
}

/// Forgets a sign-in, whatever the instance says; what it said. None: there was no sign-in.
fn end(laptop: &Laptop, server: &ServerFolder) -> Result<Option<Result<(), CliError>>, CliError> {
    let _lock = server.lock()?;
    // A sign-in that cannot be read cannot be ended there, and must go from here all the more.
    let kept = server.sign_in();
    server.forget()?;
    laptop.folder.forget_current(&server.url)?;
    Ok(match kept {
        Ok(None) => None,
        Ok(Some(sign_in)) => Some(revoke(laptop, server, &sign_in)),
        Err(error) => Some(Err(error)),
    })
}

fn revoke(laptop: &Laptop, server: &ServerFolder, sign_in: &SignIn) -> Result<(), CliError> {
    let Some(tokens) = &sign_in.tokens else {
        return Ok(());
    };
    let endpoints = discover(&laptop.http, &server.url)?;
    let calls = TokenCalls {
        http: &laptop.http,
        url: &server.url,
        endpoints: &endpoints,
    };
    calls.revoke(tokens)
}

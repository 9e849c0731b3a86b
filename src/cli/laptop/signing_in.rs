//! A sign-in in the browser, from the address that is opened to the tokens that are kept.

use super::browser::{self, Way};
use super::folder::{SignIn, Tokens};
use super::loopback::{Answer, Callback, LONGEST_WAIT, Loopback, Page};
use super::oauth::{AuthorizationRequest, Endpoints, Person, Prompt, TokenCalls, discover};
use super::{Laptop, to_stdout};
use crate::cli::CliError;
use crate::config::PublicUrl;

/// Signs in; nothing is kept yet.
///
/// # Errors
/// Denied, refused, not finished in five minutes, or a server that is not the one that it should be.
pub fn sign_in(
    laptop: &Laptop,
    url: &PublicUrl,
    way: Way,
    prompt: Prompt,
) -> Result<SignIn, CliError> {
    let endpoints = discover(&laptop.http, url)?;
    let loopback = Loopback::open()?;
    let request = AuthorizationRequest::new(loopback.redirect_uri(), &laptop.entropy);
    let address = request.url(&endpoints, prompt);
    invite(laptop, address.as_str(), way, loopback.port())?;
    let callback = loopback.wait(&request.state, LONGEST_WAIT)?;
    let ended = redeem(laptop, url, &endpoints, &request, &callback);
    callback.finish(match ended {
        Ok(_) => Page::SignedIn,
        Err(_) => Page::NotSignedIn,
    });
    let (tokens, person) = ended?;
    Ok(SignIn {
        url: url.as_str().to_owned(),
        subject: person.subject,
        name: person.name,
        signed_in_at: laptop.clock.now(),
        tokens: Some(tokens),
    })
}

fn invite(laptop: &Laptop, address: &str, way: Way, port: u16) -> Result<(), CliError> {
    let opened = way == Way::Browser && browser::open(&laptop.settings, address);
    match way {
        Way::Stdout => {
            to_stdout(&format!("{address}\n"))?;
            eprintln!("Open this address to sign in.");
        }
        _ if opened => {
            eprintln!("Sign in, in the browser that opens now. If none opens, go to:\n{address}")
        }
        _ => eprintln!("Open this address to sign in:\n{address}"),
    }
    if !opened {
        eprintln!(
            "The browser must be on this machine, or bring port {port} here: ssh -L {port}:127.0.0.1:{port} .."
        );
    }
    Ok(())
}

fn redeem(
    laptop: &Laptop,
    url: &PublicUrl,
    endpoints: &Endpoints,
    request: &AuthorizationRequest,
    callback: &Callback,
) -> Result<(Tokens, Person), CliError> {
    let (Answer::Code { issuer, .. } | Answer::Refused { issuer, .. }) = &callback.answer;
    // RFC 9207, section 2.4: an answer of another server is not taken to this one.
    if issuer.as_deref() != Some(url.as_str()) {
        return Err(CliError::Refused(format!(
            "the answer in the browser is not from {url}; nothing was taken from it. Sign in again"
        )));
    }
    match &callback.answer {
        Answer::Code { code, .. } => {
            let calls = TokenCalls {
                http: &laptop.http,
                url,
                endpoints,
            };
            request.redeem(&calls, code, laptop.clock.now())
        }
        Answer::Refused { refusal, .. } => Err(refusal.clone().into_error(url)),
    }
}

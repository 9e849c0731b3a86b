//! Calls of an instance's API as the person who is signed in: renewed when the access token has ended, signed in again
//! when that does not help.

use serde::Deserialize;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::Laptop;
use super::browser::Way;
use super::folder::{ServerFolder, SignIn};
use super::http::Reply;
use super::oauth::{Prompt, Refreshed, TokenCalls, discover};
use super::private_file::Turn;
use super::signing_in::sign_in;
use crate::cli::CliError;
use crate::config::PublicUrl;

type Token = Zeroizing<String>;

/// An RFC 9457 problem.
#[derive(Debug, Default, Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

impl Problem {
    fn of(reply: &Reply) -> Self {
        serde_json::from_slice(reply.body()).unwrap_or_default()
    }

    /// For a terminal: foreign text without control characters.
    fn text(&self, status: u16) -> String {
        match [&self.detail, &self.title].iter().find(|t| !t.is_empty()) {
            Some(text) => text.escape_debug().to_string(),
            None => format!("status {status}"),
        }
    }
}

/// One call.
pub enum Call<'a> {
    /// GET of a path.
    Get(&'a str),
    /// POST of JSON to a path.
    Post(&'a str, Value),
}

impl Call<'_> {
    fn path(&self) -> &str {
        match self {
            Self::Get(path) | Self::Post(path, _) => path,
        }
    }
}

/// How much was tried to make a call work; each step is tried once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tried {
    Nothing,
    Renewal,
    SignIn,
}

/// What the instance wants.
enum Wish {
    /// 401: a token that is good.
    Token,
    /// 403 `reauthenticate`: a newer sign-in, or a second factor.
    Reauthentication,
}

enum Verdict {
    Done(Reply),
    Wants(Wish, String),
}

/// A sign-in, in use.
pub struct Session<'a> {
    laptop: &'a Laptop,
    folder: ServerFolder,
}

impl<'a> Session<'a> {
    /// With the instance that is named, or the one that was signed in to last.
    ///
    /// # Errors
    /// When nobody is signed in there.
    pub fn open(laptop: &'a Laptop, url: Option<&PublicUrl>) -> Result<Self, CliError> {
        let url = laptop.server(url)?;
        let folder = laptop.folder.server(&url);
        match folder.sign_in()? {
            Some(_) => Ok(Self { laptop, folder }),
            None => Err(not_signed_in(&url)),
        }
    }

    /// The instance.
    pub fn url(&self) -> &PublicUrl {
        &self.folder.url
    }

    /// Where this sign-in's things are kept.
    pub(super) fn folder(&self) -> &ServerFolder {
        &self.folder
    }

    /// Calls the API.
    ///
    /// # Errors
    /// Denied, signed out where the browser cannot be asked, or a server in difficulties.
    pub fn call(&self, call: &Call<'_>) -> Result<Reply, CliError> {
        let mut tried = Tried::Nothing;
        let mut token = self.token()?;
        loop {
            match self.verdict(self.send(call, &token)?)? {
                Verdict::Done(reply) => return Ok(reply),
                Verdict::Wants(wish, said) => {
                    (token, tried) = self.fulfil(&wish, &said, tried, &token)?;
                }
            }
        }
    }

    fn send(&self, call: &Call<'_>, token: &str) -> Result<Reply, CliError> {
        let address = format!("{}{}", self.url(), call.path());
        let url = Url::parse(&address).map_err(|e| CliError::failed(&address, e))?;
        match call {
            Call::Get(_) => self.laptop.http.get(url, Some(token)),
            Call::Post(_, body) => self.laptop.http.post_json(url, token, body),
        }
    }

    fn verdict(&self, reply: Reply) -> Result<Verdict, CliError> {
        let status = reply.status;
        if status == 200 {
            return Ok(Verdict::Done(reply));
        }
        let problem = Problem::of(&reply);
        let said = problem.text(status);
        match (status, problem.code.as_str()) {
            (401, _) => Ok(Verdict::Wants(Wish::Token, said)),
            (403, "reauthenticate") => Ok(Verdict::Wants(Wish::Reauthentication, said)),
            (403, _) => Err(CliError::Denied(format!(
                "{} denies it: {said}",
                self.url()
            ))),
            _ => Err(CliError::failed(self.url().as_str(), said)),
        }
    }

    fn fulfil(
        &self,
        wish: &Wish,
        said: &str,
        tried: Tried,
        token: &str,
    ) -> Result<(Token, Tried), CliError> {
        match (wish, tried) {
            (Wish::Token, Tried::Nothing) => Ok((self.renewed(token)?, Tried::Renewal)),
            (Wish::Token, Tried::Renewal) => {
                Ok((self.signed_in(token, Prompt::AsNeeded)?, Tried::SignIn))
            }
            (Wish::Reauthentication, Tried::Nothing | Tried::Renewal) => {
                Ok((self.signed_in(token, Prompt::Login)?, Tried::SignIn))
            }
            (_, Tried::SignIn) => Err(CliError::SignInFirst(format!(
                "{} does not accept the new sign-in: {said}",
                self.url()
            ))),
        }
    }

    fn sign_in(&self) -> Result<SignIn, CliError> {
        let kept = self.folder.sign_in()?;
        kept.ok_or_else(|| not_signed_in(self.url()))
    }

    /// A token that should be good.
    fn token(&self) -> Result<Token, CliError> {
        match self.sign_in()?.access_token(self.laptop.clock.now()) {
            Some(token) => Ok(token.clone()),
            None => self.renewed(""),
        }
    }

    /// A token other than `stale`: what another process has fetched in the meantime, or a new one for the refresh token.
    /// The new tokens are kept before one of them is used: what is lost after a rotation is a sign-in.
    fn renewed(&self, stale: &str) -> Result<Token, CliError> {
        let lock = self.folder.lock()?;
        let mut sign_in = self.sign_in()?;
        let now = self.laptop.clock.now();
        if let Some(token) = sign_in.access_token(now).filter(|t| t.as_str() != stale) {
            return Ok(token.clone());
        }
        if let Some(tokens) = &sign_in.tokens {
            let endpoints = discover(&self.laptop.http, self.url())?;
            let calls = TokenCalls {
                http: &self.laptop.http,
                url: self.url(),
                endpoints: &endpoints,
            };
            let refreshed = calls.refresh(tokens, now)?;
            sign_in.tokens = match refreshed {
                Refreshed::Tokens(tokens) => Some(tokens),
                Refreshed::Ended => None,
            };
            self.folder.keep(&sign_in)?;
        }
        drop(lock);
        match sign_in.tokens {
            Some(tokens) => Ok(tokens.access_token),
            None => self.signed_in(stale, Prompt::AsNeeded),
        }
    }

    /// A token of a new sign-in in the browser.
    fn signed_in(&self, stale: &str, prompt: Prompt) -> Result<Token, CliError> {
        let url = self.url();
        let lock = self.folder.browser_lock()?;
        if lock.turn == Turn::AfterAnother {
            let now = self.laptop.clock.now();
            let kept = self.sign_in()?;
            let token = kept.access_token(now).filter(|t| t.as_str() != stale);
            return token.cloned().ok_or_else(|| {
                CliError::SignInFirst(format!(
                    "the sign-in that another command began did not succeed; run: signet login {url}"
                ))
            });
        }
        let way = Way::unasked(&self.laptop.settings).ok_or_else(|| {
            CliError::SignInFirst(format!(
                "the sign-in to {url} has expired, and no browser can be opened here; run: signet login {url}"
            ))
        })?;
        eprintln!("signet: {url} asks you to sign in again.");
        let new = sign_in(self.laptop, url, way, prompt)?;
        keep_new(&self.folder, &new)?;
        let token = new
            .tokens
            .as_ref()
            .map(|tokens| tokens.access_token.clone());
        token.ok_or_else(|| not_signed_in(url))
    }
}

/// Keeps a new sign-in. Another person's AWS credentials are forgotten.
pub(super) fn keep_new(folder: &ServerFolder, new: &SignIn) -> Result<(), CliError> {
    let _lock = folder.lock()?;
    // A damaged file is replaced.
    let same = folder
        .sign_in()
        .ok()
        .flatten()
        .is_some_and(|old| old.subject == new.subject);
    if !same {
        folder.forget_credentials()?;
    }
    folder.keep(new)
}

fn not_signed_in(url: &PublicUrl) -> CliError {
    CliError::SignInFirst(format!("you are not signed in; run: signet login {url}"))
}

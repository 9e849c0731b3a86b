//! `signet status`: where the person is signed in, as far as this machine knows. Asks nobody.

use serde_json::{Value, json};

use super::arguments::StatusOptions;
use super::credentials::{KeptFacts, kept};
use super::folder::SignIn;
use super::{Laptop, to_stdout};
use crate::cli::CliError;
use crate::model::Timestamp;

struct Known {
    sign_in: SignIn,
    is_current: bool,
    is_alive: bool,
    credentials: Vec<KeptFacts>,
}

/// Shows every sign-in.
pub(super) fn status(laptop: &Laptop, options: &StatusOptions) -> Result<(), CliError> {
    let now = laptop.clock.now();
    let current = laptop.folder.current()?;
    let mut known = Vec::new();
    for server in laptop.folder.servers()? {
        if let Some(sign_in) = server.sign_in()? {
            known.push(Known {
                is_current: current.as_ref() == Some(&server.url),
                is_alive: sign_in.is_alive(now),
                credentials: kept(&server, now),
                sign_in,
            });
        }
    }
    if options.json {
        let servers: Vec<Value> = known.iter().map(Known::as_json).collect();
        to_stdout(&format!("{}\n", json!({ "servers": servers })))?;
    } else {
        let lines: Vec<String> = known.iter().map(|known| known.lines(now)).collect();
        to_stdout(&lines.concat())?;
    }
    match known.as_slice() {
        [] => Err(CliError::SignInFirst(
            "you are not signed in; run: signet login URL, with your organisation's address"
                .to_owned(),
        )),
        all if all.iter().any(|known| known.is_alive) => Ok(()),
        [first, ..] => Err(CliError::Expired(format!(
            "the sign-in has expired; run: signet login {}",
            first.sign_in.url
        ))),
    }
}

impl Known {
    fn state(&self) -> &'static str {
        if self.is_alive {
            "signed_in"
        } else {
            "expired"
        }
    }

    fn as_json(&self) -> Value {
        let tokens = self.sign_in.tokens.as_ref();
        let credentials: Vec<Value> = self
            .credentials
            .iter()
            .map(|one| {
                json!({
                    "account_id": one.account_id,
                    "role_name": one.role_name,
                    "expires_at": one.expires_at.to_xs_date_time(),
                })
            })
            .collect();
        json!({
            "url": self.sign_in.url,
            "default": self.is_current,
            "state": self.state(),
            "user": self.sign_in.name,
            "subject": self.sign_in.subject,
            "signed_in_at": self.sign_in.signed_in_at.to_xs_date_time(),
            "access_token_expires_at": tokens.map(|t| t.expires_at.to_xs_date_time()),
            "renews": tokens.is_some_and(|t| t.refresh_token.is_some()),
            "aws_credentials": credentials,
        })
    }

    fn lines(&self, now: Timestamp) -> String {
        let tokens = self.sign_in.tokens.as_ref();
        let until = match tokens {
            Some(tokens) if tokens.refresh_token.is_some() => "renewed when needed".to_owned(),
            Some(tokens) if tokens.expires_at > now => {
                format!("until {}", tokens.expires_at.to_xs_date_time())
            }
            _ => "expired".to_owned(),
        };
        let mut text = format!(
            "{}{}\n  {}, signed in {}, {until}\n",
            self.sign_in.url,
            if self.is_current { " (default)" } else { "" },
            self.sign_in.name.escape_debug(),
            self.sign_in.signed_in_at.to_xs_date_time(),
        );
        for one in &self.credentials {
            text.push_str(&format!(
                "  AWS {} {} until {}\n",
                one.account_id,
                one.role_name,
                one.expires_at.to_xs_date_time()
            ));
        }
        text
    }
}

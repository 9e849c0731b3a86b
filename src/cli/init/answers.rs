//! The four questions.

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;

use crate::cli::CliError;
use crate::cli::arguments::InitAnswers;
use crate::config::PublicUrl;
use crate::model::EmailAddress;
use crate::store::DatabaseUrl;

/// Who does TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Transport {
    /// Nobody: plain HTTP on this machine.
    Local,
    /// A reverse proxy on this machine.
    Proxy,
    /// Signet, with cert.pem and key.pem of this folder.
    Own(PathBuf),
}

/// What was answered, checked.
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) public_url: PublicUrl,
    pub(super) transport: Transport,
    pub(super) database: String,
    pub(super) admin: EmailAddress,
}

/// Asks what the arguments leave open. At a terminal a wrong answer is asked again; a pipe gives one line for each.
pub(super) fn ask(given: &InitAnswers) -> Result<Answers, CliError> {
    let asker = Asker {
        takes_defaults: given.yes,
        repeats: stdin().is_terminal(),
    };
    let public_url = asker.ask(
        "Where will people reach Signet?",
        given.public_url.as_deref(),
        "http://localhost:8080",
        PublicUrl::parse,
    )?;
    let default = if public_url.is_https() {
        "proxy"
    } else {
        "none"
    };
    let transport = asker.ask(
        "Who does TLS? `proxy`, or the folder that holds cert.pem and key.pem (`none`: plain http on this machine)",
        given.tls.as_deref(),
        default,
        |text| transport(text, &public_url),
    )?;
    let database = asker.ask(
        "Where does the data go? sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
        given.database.as_deref(),
        "sqlite:data/signet.db",
        |text| match DatabaseUrl::parse(text) {
            Ok(DatabaseUrl::SqliteMemory) => Err("memory is gone when the server stops".to_owned()),
            Ok(_) => Ok(text.to_owned()),
            Err(e) => Err(e.to_string()),
        },
    )?;
    let default = format!("admin@{}", public_url.host());
    let admin = asker.ask(
        "What is the administrator's mail address? (the part before @ becomes the user name)",
        given.admin.as_deref(),
        &default,
        |text| EmailAddress::parse(text).map_err(|e| e.to_string()),
    )?;
    Ok(Answers {
        public_url,
        transport,
        database,
        admin,
    })
}

fn transport(text: &str, public_url: &PublicUrl) -> Result<Transport, String> {
    match (text, public_url.is_https()) {
        ("none", false) => Ok(Transport::Local),
        ("none", true) => Err("an https address needs TLS: `proxy`, or a folder".to_owned()),
        (_, false) => Err("an http address has no TLS: `none`".to_owned()),
        ("proxy", true) => Ok(Transport::Proxy),
        (folder, true) => {
            let folder = PathBuf::from(folder);
            match ["cert.pem", "key.pem"]
                .iter()
                .find(|name| !folder.join(name).is_file())
            {
                None => Ok(Transport::Own(folder)),
                Some(name) => Err(format!("there is no {}", folder.join(name).display())),
            }
        }
    }
}

struct Asker {
    takes_defaults: bool,
    repeats: bool,
}

impl Asker {
    fn ask<T>(
        &self,
        question: &str,
        given: Option<&str>,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, CliError> {
        if let Some(text) = given {
            return read(text).map_err(|e| CliError::Usage(format!("{text}: {e}")));
        }
        if self.takes_defaults {
            return read(default).map_err(|e| CliError::Usage(format!("{default}: {e}")));
        }
        loop {
            eprint!("{question}\n  [{default}] ");
            let mut line = String::new();
            let octets = stdin()
                .read_line(&mut line)
                .map_err(|e| CliError::failed("the answer cannot be read", e))?;
            if octets == 0 {
                return Err(CliError::Usage(format!(
                    "no answer to \"{question}\": answer by an option (signet init --help), or take the defaults with --yes"
                )));
            }
            let text = match line.trim() {
                "" => default,
                text => text,
            };
            match read(text) {
                Ok(answer) => return Ok(answer),
                Err(e) if self.repeats => eprintln!("  {text}: {e}"),
                Err(e) => return Err(CliError::Usage(format!("{text}: {e}"))),
            }
        }
    }
}

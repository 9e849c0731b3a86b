//! Where a demonstration's data lies, and what of it is removed at the end.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Addresses;
use super::organisation::{ClientCredentials, Credentials, Made};
use crate::cli::CliError;
use crate::entropy::Entropy;

const MEMORY: &str = "demo.json";
/// All that a demonstration puts into its folder.
const FILES: [&str; 6] = [
    "signet.db",
    "signet.db-wal",
    "signet.db-shm",
    "signet.db.lock",
    "checkpoints.jsonl",
    MEMORY,
];

/// What a kept demonstration needs to come back as it was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) port: u16,
    pub(super) sp_port: u16,
    pub(super) aws_port: u16,
    pub(super) client_port: u16,
    /// Any, where it was made before there was a mail box.
    #[serde(default)]
    pub(super) mail_port: u16,
    pub(super) setup_link: String,
    pub(super) people: Vec<Credentials>,
    pub(super) oauth_client: ClientCredentials,
    /// None, where it was made before there were tokens.
    #[serde(default)]
    pub(super) api_token: Option<String>,
}

/// The folder.
#[derive(Debug)]
pub(super) struct DemoFolder {
    path: PathBuf,
    is_new: bool,
    is_ours: bool,
    keep: bool,
}

impl DemoFolder {
    /// A new temporary folder, or the named one: new, empty, or of a demonstration that was kept.
    pub(super) fn open(named: Option<&Path>, keep: bool) -> Result<Self, CliError> {
        let (path, is_ours) = match named {
            Some(path) => (path.to_owned(), !path.exists()),
            None => {
                let name = hex::encode(Entropy::system().octets::<8>());
                let path = std::env::temp_dir().join(format!("signet-demo-{name}"));
                (path, true)
            }
        };
        let failed = |e| CliError::failed(format!("the folder {}", path.display()), e);
        if is_ours {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .map_err(failed)?;
        }
        let is_kept = path.join(MEMORY).exists();
        let is_empty = fs::read_dir(&path).map_err(failed)?.next().is_none();
        if !is_kept && !is_empty {
            return Err(CliError::Refused(format!(
                "{} is not empty and holds no demo: name another folder with --data",
                path.display()
            )));
        }
        Ok(Self {
            path,
            is_new: !is_kept,
            is_ours,
            keep,
        })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Where the data stays, if it does.
    pub(super) fn kept(&self) -> Option<&Path> {
        self.keep.then_some(self.path.as_path())
    }

    pub(super) fn remembered(&self) -> Result<Option<Remembered>, CliError> {
        if self.is_new {
            return Ok(None);
        }
        let path = self.path(MEMORY);
        let failed = |e: &dyn std::fmt::Display| {
            CliError::failed(format!("{} cannot be read", path.display()), e)
        };
        let text = fs::read_to_string(&path).map_err(|e| failed(&e))?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|e| failed(&e))
    }

    /// Writes down what the next start needs. It holds passwords: readable by its owner alone.
    pub(super) fn remember(&self, at: &Addresses, made: Made) -> Result<Remembered, CliError> {
        let remembered = Remembered {
            port: at.listen_port,
            sp_port: port_of(&at.sp_url),
            aws_port: port_of(&at.aws_url),
            client_port: port_of(&at.client_url),
            mail_port: port_of(&at.mail_url),
            setup_link: made.setup_link,
            people: made.people,
            oauth_client: made.oauth_client,
            api_token: Some(made.api_token),
        };
        let path = self.path(MEMORY);
        let failed = |e: std::io::Error| {
            CliError::failed(format!("{} cannot be written", path.display()), e)
        };
        let text = serde_json::to_string_pretty(&remembered)
            .map_err(|e| failed(std::io::Error::other(e)))?;
        OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(failed)?;
        Ok(remembered)
    }

    /// Removes what the demonstration made, unless it is to be kept, and nothing else.
    pub(super) fn close(self) -> Result<(), CliError> {
        if self.keep {
            return Ok(());
        }
        let mut results = vec![remove(fs::remove_dir_all(self.path("keys")))];
        results.extend(FILES.map(|name| remove(fs::remove_file(self.path(name)))));
        if self.is_ours {
            results.push(remove(fs::remove_dir(&self.path)));
        }
        let failed = |e| CliError::failed(format!("{} is not removed", self.path.display()), e);
        results
            .into_iter()
            .collect::<Result<(), _>>()
            .map_err(failed)
    }
}

fn remove(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn port_of(url: &str) -> u16 {
    let parsed = url::Url::parse(url).ok();
    parsed
        .and_then(|url| url.port_or_known_default())
        .unwrap_or_default()
}

//! `signet.toml` and the environment: what is read, what overrides what, and how each mistake is told.

mod environment;
mod mail;
mod mistakes;
mod rules;

use std::path::PathBuf;

use signet::config::{Config, ConfigError};

use crate::store::engines::TestFolder;

/// A configuration in a folder of its own.
struct File {
    folder: TestFolder,
    variables: Vec<(String, String)>,
}

impl File {
    fn new(text: &str) -> Self {
        let folder = TestFolder::new();
        std::fs::write(folder.path().join("signet.toml"), text).unwrap();
        Self {
            folder,
            variables: Vec::new(),
        }
    }

    /// With the one setting that has no default.
    fn with(lines: &str) -> Self {
        Self::new(&format!("public_url = \"https://id.example.com\"\n{lines}"))
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("signet.toml")
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.path(), self.variables.clone())
    }

    fn config(&self) -> Config {
        self.load().unwrap()
    }

    /// The mistake's text, with the folder left out.
    fn mistake(&self) -> String {
        let text = self.load().unwrap_err().to_string();
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

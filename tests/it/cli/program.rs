//! A folder with a configuration, and the program in it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use crate::store::engines::{EngineKind, TestDatabase, TestFolder};

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().expect("an exit code"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// It worked.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It failed, and said this.
    pub(crate) fn failed(self, says: &str) -> Self {
        assert_eq!(self.code, 1, "{self:?}");
        assert!(self.err.contains(says), "\"{says}\" is not in {}", self.err);
        self
    }
}

/// A folder in which an instance is or will be.
pub(crate) struct Place {
    pub(crate) folder: TestFolder,
    /// The database, where it is not a file in the folder.
    pub(crate) database: Option<TestDatabase>,
}

impl Place {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self {
            folder: TestFolder::new(),
            database: None,
        }
    }

    /// With an empty PostgreSQL database.
    pub(crate) fn with_postgres() -> Self {
        let options = signet::store::StoreOptions::default();
        Self {
            database: Some(TestDatabase::empty(EngineKind::Postgres, options)),
            ..Self::empty()
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn database_url(&self) -> String {
        match &self.database {
            Some(database) => database.url_text(),
            None => "sqlite:data/signet.db".into(),
        }
    }

    /// Runs `signet ARGUMENTS` in the folder, without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env_remove("SIGNET_LOG");
        command
    }

    /// Makes an instance with all answers given; its administrator's link.
    pub(crate) fn init(&self) -> String {
        let port = free_port();
        let url = format!("http://localhost:{port}");
        let database = self.database_url();
        let said = self
            .run(&[
                "init",
                "--public-url",
                &url,
                "--database",
                &database,
                "--admin",
                "ada@example.com",
                "--yes",
            ])
            .ok();
        let management = free_port();
        let file = self.path("signet.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let own = text.replace("127.0.0.1:9090", &format!("127.0.0.1:{management}"));
        std::fs::write(&file, own).unwrap();
        said.out.trim().to_owned()
    }
}

/// A port that nobody uses now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

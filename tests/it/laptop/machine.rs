//! A person's machine: a home, an environment without anything of the real one, and the program in it.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use crate::store::engines::TestFolder;

use super::http::{Seen, get};
use super::server::Server;
use super::sts::Sts;

/// What a command said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Said {
    pub(super) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It ended so, said this, and nothing to programs.
    pub(super) fn ended(self, code: i32, says: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.err.contains(says), "\"{says}\" is not in {self:?}");
        assert_eq!(self.out, "", "{self:?}");
        self
    }
}

/// A machine, an instance, an STS.
pub(super) struct Machine {
    pub(super) folder: TestFolder,
    pub(super) server: Server,
    pub(super) sts: Sts,
}

/// A command that waits for the browser.
pub(super) struct Waiting {
    child: Child,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
    printed: String,
    /// The address that the person should open.
    pub(super) address: String,
}

impl Machine {
    pub(super) fn new() -> Self {
        let (server, sts) = (Server::start(), Sts::start());
        server.state().sts_url.clone_from(&sts.url);
        Self {
            folder: TestFolder::new(),
            server,
            sts,
        }
    }

    /// With somebody signed in.
    pub(super) fn signed_in() -> Self {
        let machine = Self::new();
        machine.login().follow().end().ok();
        machine
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The permissions of everything in the program's folder, by path in it.
    pub(super) fn modes(&self) -> Vec<(String, u32)> {
        let root = self.path("config");
        let mut found = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(path) = open.pop() {
            let facts = fs::metadata(&path).unwrap();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            found.push((name, facts.permissions().mode() & 0o777));
            if facts.is_dir() {
                open.extend(
                    fs::read_dir(&path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            }
        }
        found.sort();
        found
    }

    /// The file with the sign-in.
    pub(super) fn sign_in_file(&self) -> PathBuf {
        let name = self.server.url.replace("://", "_").replace(':', "%");
        self.path("config").join(name).join("sign-in.json")
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signet"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("SIGNET_CONFIG_DIR", self.path("config"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    /// `signet aws creds` for the role.
    pub(super) fn creds(&self, account: &str, role: &str) -> Said {
        self.run(&["aws", "creds", "--account", account, "--role", role])
    }

    pub(super) fn login(&self) -> Waiting {
        let url = format!("{}/", self.server.url);
        let mut command = self.command(&["login", "--no-browser", &url]);
        Waiting::for_stdout(&mut command)
    }
}

/// Runs it.
pub(super) fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Waiting {
    /// The address comes alone on stdout.
    pub(super) fn for_stdout(command: &mut Command) -> Self {
        let mut waiting = Self::start(command);
        waiting.out.read_line(&mut waiting.address).unwrap();
        waiting.address = waiting.address.trim_end().to_owned();
        waiting
    }

    /// The address comes among people's text, on a line of its own.
    pub(super) fn for_stderr(command: &mut Command) -> Self {
        let mut waiting = Self::start(command);
        loop {
            let mut line = String::new();
            let read = waiting.err.read_line(&mut line).unwrap();
            assert!(read > 0, "no address in {}", waiting.printed);
            waiting.printed.push_str(&line);
            if line.starts_with("http") {
                waiting.address = line.trim_end().to_owned();
                return waiting;
            }
        }
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        Self {
            out: BufReader::new(child.stdout.take().unwrap()),
            err: BufReader::new(child.stderr.take().unwrap()),
            child,
            printed: String::new(),
            address: String::new(),
        }
    }

    /// Where the instance sends the browser.
    pub(super) fn callback(&self) -> String {
        let seen = get(&self.address);
        assert_eq!(seen.status, 303, "{seen:?}");
        seen.location.unwrap()
    }

    /// Goes through the instance and back to the program.
    pub(super) fn follow(self) -> Self {
        let page = self.visit();
        assert_eq!(page.status, 200, "{page:?}");
        self
    }

    pub(super) fn visit(&self) -> Seen {
        get(&self.callback())
    }

    pub(super) fn end(mut self) -> Said {
        let mut out = String::new();
        self.out.read_to_string(&mut out).unwrap();
        self.err.read_to_string(&mut self.printed).unwrap();
        Said {
            code: self.child.wait().unwrap().code().unwrap(),
            out,
            err: self.printed,
        }
    }
}

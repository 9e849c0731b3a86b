//! The person's browser.

use std::io::{IsTerminal, stderr};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::config::{LaptopSettings, Screen};

/// How the person is brought to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The browser opens.
    Browser,
    /// It is printed for whoever reads stderr.
    Terminal,
    /// It is printed on stdout, alone on its line: `--no-browser`.
    Stdout,
}

impl Way {
    /// The way when the person has not asked for a sign-in: a command of another tool must not wait for what nobody
    /// sees. None: there is no way.
    pub fn unasked(settings: &LaptopSettings) -> Option<Self> {
        match settings.screen {
            Screen::Present => Some(Self::Browser),
            Screen::Absent if stderr().is_terminal() => Some(Self::Terminal),
            Screen::Absent => None,
        }
    }

    /// The way when the person has asked.
    pub fn asked(settings: &LaptopSettings) -> Self {
        match settings.screen {
            Screen::Present => Self::Browser,
            Screen::Absent => Self::Terminal,
        }
    }
}

/// Opens an address with the programs of `BROWSER`, or with the system's. Whether it can be opened; that a page appears
/// cannot be known.
///
/// The address is an argument, which others on the machine can see: never a secret in it.
pub fn open(settings: &LaptopSettings, address: &str) -> bool {
    let own = settings.browsers.iter().map(std::path::PathBuf::as_path);
    let systems: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else {
        &["xdg-open", "wslview"]
    };
    own.chain(systems.iter().map(Path::new))
        .any(|program| start(program, address))
}

/// In a process group of its own: Ctrl-C in the terminal is not meant for the browser.
fn start(program: &Path, address: &str) -> bool {
    Command::new(program)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .is_ok()
}

//! The peers that scripts/peers has put into target/peers, and the scripts of tests/peers that drive them.

use std::path::{Path, PathBuf};
use std::process::Command;

const HOW: &str = "run scripts/peers, or make test";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is missing fails the test: what nobody else has judged is not judged.
fn installed(what: &str) -> PathBuf {
    let path = root().join("target/peers").join(what);
    assert!(path.exists(), "the peers are not installed: {HOW}");
    path
}

/// A script of tests/peers in the peers' Python.
pub(crate) fn python(script: &str) -> Command {
    let mut command = Command::new(installed("bin/python"));
    command
        .arg(root().join("tests/peers").join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1,localhost");
    command
}

/// A script of tests/peers in Node.js.
pub(crate) fn node(script: &str) -> Command {
    installed("node_modules/openid-client");
    let mut command = Command::new("node");
    command.arg(root().join("tests/peers").join(script));
    command
}

//! The environment's proxy is not used: it would resolve names for us, unguarded, and see every request.

use std::process::Command;

use super::server::answer;
use super::{Server, client, get};

const URL: &str = "SIGNET_TEST_CHILD_URL";
const VARIABLES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// A process with a proxy in its environment.
#[test]
#[ignore = "run by the test below as its child process"]
fn child() {
    // The library alone would use it: the test can fail.
    assert!(ureq::Proxy::try_from_env().is_some());
    let response = get(&client(), &std::env::var(URL).unwrap()).unwrap();
    assert_eq!(response.body, b"direct");
}

#[test]
fn the_environment_names_no_proxy() {
    let server = Server::answering(answer("200 OK", "", "direct"));
    let proxy = Server::answering(answer("200 OK", "", "by the proxy"));
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "outbound::proxy::child", "--ignored"])
        .env(URL, server.url("/"))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY");
    for name in VARIABLES {
        command.env(name, proxy.url(""));
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
    assert_eq!((server.connections(), proxy.connections()), (1, 0));
}

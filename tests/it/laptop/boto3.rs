//! boto3, which is not ours, takes credentials from `signet aws creds` by the profile that `signet aws profiles sync` has
//! written, and is at the demo's STS who it should be.

use std::ffi::OsString;
use std::path::Path;

use serde_json::Value;

use super::demo::Demo;
use super::machine::{Machine, Said, said};
use crate::peers::installed;

/// boto3 on the machine, with `signet` on its path.
fn boto3(machine: &Machine, demo: &Demo, profile: &str) -> Said {
    let bin = Path::new(env!("CARGO_BIN_EXE_signet")).parent().unwrap();
    let mut path = OsString::from(bin);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = installed::python("boto3_peer.py");
    command
        .arg(profile)
        .env_clear()
        .env("PATH", path)
        .env("HOME", machine.folder.path())
        .env("SIGNET_CONFIG_DIR", machine.path("config"))
        .env(
            "AWS_ENDPOINT_URL_STS",
            demo.says["aws_url"].as_str().unwrap(),
        );
    said(&mut command)
}

#[test]
fn boto3_gets_its_credentials_by_the_profile_and_is_who_it_should_be() {
    let demo = Demo::start();
    let machine = Machine::new();
    demo.sign_in("alice", &machine);
    machine.run(&["aws", "profiles", "sync"]).ok();
    let profile = "production-ReadOnly";
    let caller = boto3(&machine, &demo, profile).ok();
    let caller: Value = serde_json::from_str(&caller.out).unwrap();
    // So botocore calls what a credential_process gave.
    assert_eq!(caller["method"], "custom-process");
    assert_eq!(
        caller["arn"],
        "arn:aws:sts::111111111111:assumed-role/Signet_ReadOnly/alice"
    );
    // What the program says to people is what boto3 says.
    machine.run(&["logout"]).ok();
    boto3(&machine, &demo, profile).ended(1, "signet login");
}

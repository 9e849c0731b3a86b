//! What is taken from the environment, and which STS is asked.

use std::ffi::OsString;
use std::path::PathBuf;

use signet::cli::laptop::sts::endpoint;
use signet::config::{LaptopSettings, Screen};

fn settings(variables: &[(&str, &str)]) -> LaptopSettings {
    LaptopSettings::read(|name| {
        let found = variables.iter().find(|(own, _)| *own == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

#[test]
fn the_folder_is_where_the_environment_says() {
    let folder = |variables: &[(&str, &str)]| settings(variables).folder;
    let home = ("HOME", "/home/a");
    assert_eq!(folder(&[]), None);
    assert_eq!(
        folder(&[home, ("XDG_CONFIG_HOME", "/x")]),
        Some(PathBuf::from("/x/signet"))
    );
    let own = folder(&[home]).unwrap();
    assert_eq!(
        folder(&[home, ("XDG_CONFIG_HOME", "relative")]),
        Some(own.clone())
    );
    assert_eq!(folder(&[home, ("XDG_CONFIG_HOME", "")]), Some(own.clone()));
    assert!(
        own.starts_with("/home/a") && own.ends_with("signet"),
        "{own:?}"
    );
    assert_eq!(
        folder(&[
            home,
            ("XDG_CONFIG_HOME", "/x"),
            ("SIGNET_CONFIG_DIR", "/own")
        ]),
        Some(PathBuf::from("/own"))
    );
}

#[test]
fn a_browser_needs_a_screen_or_a_name() {
    assert_eq!(settings(&[("DISPLAY", ":0")]).screen, Screen::Present);
    assert_eq!(
        settings(&[("WAYLAND_DISPLAY", "w")]).screen,
        Screen::Present
    );
    let named = settings(&[("BROWSER", "firefox:/usr/bin/x")]);
    assert_eq!(named.screen, Screen::Present);
    assert_eq!(
        named.browsers,
        [PathBuf::from("firefox"), PathBuf::from("/usr/bin/x")]
    );
    let by_ssh = settings(&[("SSH_CONNECTION", "a"), ("DISPLAY", "")]);
    assert_eq!(by_ssh.screen, Screen::Absent);
}

fn asked(variables: &[(&str, &str)], named: Option<&str>, given: &str) -> String {
    endpoint(named, &settings(variables), given)
        .unwrap()
        .to_string()
}

#[test]
fn the_region_chooses_among_awss_own_endpoints_alone() {
    let region = ("AWS_REGION", "eu-west-1");
    let global = "https://sts.amazonaws.com/";
    let own = "https://sts.us-east-1.amazonaws.com/";
    let there = "https://sts.eu-west-1.amazonaws.com/";
    assert_eq!(asked(&[], None, own), own);
    assert_eq!(asked(&[region], None, own), there);
    assert_eq!(asked(&[region], None, global), there);
    assert_eq!(
        asked(&[("AWS_DEFAULT_REGION", "eu-west-1")], None, own),
        there
    );
    for kept in [
        "http://127.0.0.1:4000/",
        "https://sts.cn-north-1.amazonaws.com.cn/",
        "https://sts.us-gov-west-1.amazonaws.com/",
        "https://sts.us-east-1.amazonaws.com.example.com/",
        "https://vpce-1.sts.us-east-1.vpce.amazonaws.com/",
    ] {
        assert_eq!(asked(&[region], None, kept), kept);
    }
    for strange in [
        "evil.example.com/",
        "eu-west-1@x",
        "",
        "cn-north-1",
        "us-gov-west-1",
    ] {
        assert_eq!(
            asked(&[("AWS_REGION", strange)], None, own),
            own,
            "{strange}"
        );
    }
    assert_eq!(
        asked(
            &[("AWS_REGION", "cn-northwest-1")],
            None,
            "https://sts.cn-north-1.amazonaws.com.cn/"
        ),
        "https://sts.cn-northwest-1.amazonaws.com.cn/"
    );
}

#[test]
fn the_argument_is_before_the_variable_and_that_before_the_server() {
    let variables = [
        ("AWS_ENDPOINT_URL_STS", "https://variable.example.com/"),
        ("AWS_REGION", "eu-west-1"),
    ];
    let given = "https://sts.us-east-1.amazonaws.com/";
    assert_eq!(
        asked(&variables, None, given),
        "https://variable.example.com/"
    );
    let named = Some("https://named.example.com/");
    assert_eq!(
        asked(&variables, named, given),
        "https://named.example.com/"
    );
    let wrong = endpoint(Some("no url"), &settings(&[]), given);
    assert!(matches!(wrong, Err(signet::cli::CliError::Usage(_))));
}

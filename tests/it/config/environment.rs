//! `SIGNET_SECTION__KEY` and `.._FILE` over the file.

use signet::model::Span;

use super::File;

#[test]
fn the_environment_overrides_the_file() {
    let config = File::with("workers = 2\n[sessions]\nidle_minutes = 5\n")
        .variable("SIGNET_WORKERS", "7")
        .variable("SIGNET_SESSIONS__IDLE_MINUTES", "9")
        .variable("SIGNET_PUBLIC_URL", "https://other.example.com")
        .variable("SIGNET_PROXY__TRUSTED", "10.0.0.0/8, 192.0.2.1")
        .variable("PATH", "/bin")
        .config();
    assert_eq!(config.workers, Some(7));
    assert_eq!(config.sessions.idle, Span::minutes(9));
    assert_eq!(config.public_url.as_str(), "https://other.example.com");
    assert_eq!(config.proxy.trusted.len(), 2);
}

#[test]
fn a_list_may_be_written_as_toml() {
    let config = File::with("")
        .variable("SIGNET_PROXY__TRUSTED", "[\"10.0.0.0/8\"]")
        .variable(
            "SIGNET_AWS__PARTITIONS",
            "[{name = 'aws', sign_in_url = 'http://localhost:1/', audience = 'a', console_url = 'http://localhost:1/c', console_hosts = ['localhost:1'], sts_url = 'http://localhost:1/', default_region = 'us-east-1'}]",
        )
        .config();
    assert_eq!(config.proxy.trusted.len(), 1);
    assert_eq!(config.aws.partitions[0].name, "aws");
}

#[test]
fn a_secret_is_read_from_a_file() {
    let file = File::with("");
    std::fs::write(file.folder.path().join("url"), "postgres://me:pw@db/x\n").unwrap();
    let config = file.variable("SIGNET_DATABASE__URL_FILE", "url").config();
    assert_eq!(config.database.url, "postgres://me:pw@db/x");
}

#[test]
fn a_key_that_ends_in_file_is_not_taken_for_a_file() {
    let file = File::with("").variable("SIGNET_AUDIT__CHECKPOINT_FILE", "here.jsonl");
    let expected = file.folder.path().join("here.jsonl");
    assert_eq!(file.config().audit.checkpoint_file, Some(expected));
}

#[test]
fn mistakes_name_the_variable() {
    let told =
        |name: &str, value: &str| File::with("workers = 1\n").variable(name, value).mistake();
    assert_eq!(
        told("SIGNET_WORKERS", "many"),
        "environment variable SIGNET_WORKERS: workers: must be a whole number from 1 to 256"
    );
    assert_eq!(
        told("SIGNET_DATABASE_URL", "x"),
        "unknown environment variable SIGNET_DATABASE_URL; did you mean SIGNET_DATABASE__URL?"
    );
    assert_eq!(
        told("SIGNET_DATABASE__ULR_FILE", "x"),
        "unknown environment variable SIGNET_DATABASE__ULR_FILE; did you mean SIGNET_DATABASE__URL?"
    );
    let text = told("SIGNET_NOTHING__LIKE_IT", "x");
    assert!(
        text.starts_with("unknown environment variable SIGNET_NOTHING__LIKE_IT; valid here: "),
        "{text}"
    );
    let text = told("SIGNET_DATABASE__URL_FILE", "missing");
    assert!(
        text.starts_with(
            "environment variable SIGNET_DATABASE__URL_FILE: database.url: missing cannot be read"
        ),
        "{text}"
    );
    let text = told("SIGNET_PROXY__TRUSTED", "[10");
    assert!(
        text.starts_with("environment variable SIGNET_PROXY__TRUSTED: not TOML"),
        "{text}"
    );
}

#[test]
fn both_forms_at_once_are_refused() {
    let text = File::with("")
        .variable("SIGNET_DATABASE__URL", "sqlite:a")
        .variable("SIGNET_DATABASE__URL_FILE", "b")
        .mistake();
    assert_eq!(
        text,
        "SIGNET_DATABASE__URL and SIGNET_DATABASE__URL_FILE are both set; unset one of them"
    );
}

#[test]
fn other_peoples_variables_are_left_alone() {
    let file = File::with("")
        .variable("SIGNET_TEST_POSTGRES_URL", "x")
        .variable("SIGNETS__KEY", "x");
    assert!(file.load().is_ok());
}

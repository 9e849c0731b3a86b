//! Every mistake names the file and line, the key, and what to write.

use super::File;

/// The mistake of some lines below `public_url`, which is line 1.
fn told(lines: &str) -> String {
    File::with(lines).mistake()
}

#[test]
fn an_unknown_key_names_line_and_nearest_key() {
    assert_eq!(
        told("\n[listen]\nadress = \"127.0.0.1:1\"\n"),
        "signet.toml, line 4: unknown key listen.adress; did you mean listen.address?"
    );
    assert_eq!(
        told("[databse]\nurl = \"sqlite:x\"\n"),
        "signet.toml, line 2: unknown key databse; did you mean database?"
    );
    assert_eq!(
        told("organization = \"x\"\n"),
        "signet.toml, line 2: unknown key organization; did you mean organisation?"
    );
    assert_eq!(
        told("idle_minutes = 5\n"),
        "signet.toml, line 2: unknown key idle_minutes; did you mean sessions.idle_minutes?"
    );
}

#[test]
fn a_key_like_nothing_gets_the_valid_ones() {
    assert_eq!(
        told("[proxy]\nxyzzy = 1\n"),
        "signet.toml, line 3: unknown key proxy.xyzzy; valid here: proxy.trusted"
    );
    assert!(told("[mial_box]\nsmtp_url = \"smtps://mail\"\n").starts_with(
        "signet.toml, line 2: unknown key mial_box; valid here: public_url, organisation, workers, branding, listen, tls,"
    ));
}

#[test]
fn a_broken_file_names_the_line() {
    let text = told("[listen]\naddress = \"127.0.0.1:1\naddress = 2\n");
    assert!(
        text.starts_with("signet.toml, line 3: not TOML: "),
        "{text}"
    );
    let text = told("workers = 1\nworkers = 2\n");
    assert!(
        text.starts_with("signet.toml, line 3: not TOML: "),
        "{text}"
    );
    let text = File::new("").mistake();
    assert_eq!(
        text,
        "signet.toml: public_url is missing; write for example: public_url = \"https://id.example.com\""
    );
}

#[test]
fn a_missing_file_says_how_to_name_another() {
    let file = File::with("");
    std::fs::remove_file(file.path()).unwrap();
    let text = file.mistake();
    assert!(text.starts_with("signet.toml cannot be read: "), "{text}");
    assert!(text.contains("--config"), "{text}");
}

#[test]
fn values_of_another_type_or_out_of_range() {
    for (lines, expected) in [
        ("organisation = 5", "line 2: organisation: must be a text"),
        (
            "organisation = \"\"",
            "line 2: organisation: must be one line",
        ),
        (
            "organisation = \"a\\nb\"",
            "line 2: organisation: must be one line",
        ),
        (
            "workers = 0",
            "line 2: workers: must be a whole number from 1 to 256",
        ),
        ("workers = -1", "line 2: workers: must be a whole number"),
        ("workers = \"4\"", "line 2: workers: must be a whole number"),
        ("workers = 1.5", "line 2: workers: must be a whole number"),
        (
            "workers = 99999999999999999999",
            "line 2: workers: must be a whole number",
        ),
        ("listen = 5", "line 2: listen: is a section: write [listen]"),
        ("[public]\nurl = 1", "line 2: unknown key public"),
        (
            "[listen]\naddress = \"localhost:80\"",
            "line 3: listen.address: must be an IP address",
        ),
        (
            "[listen]\nmanagement = \"127.0.0.1:8080\"",
            "line 3: listen.management: must be another",
        ),
        (
            "[tls]\nkey = \"k\"",
            "line 3: tls.key: needs tls.certificate",
        ),
        (
            "[tls]\ncertificate = \"c\"",
            "line 3: tls.certificate: needs tls.key",
        ),
        (
            "[proxy]\ntrusted = \"10.0.0.0/8\"",
            "line 3: proxy.trusted: must be a list",
        ),
        (
            "[proxy]\ntrusted = [1]",
            "line 3: proxy.trusted: must be a list",
        ),
        (
            "[proxy]\ntrusted = [\"10.0.0.1\", \"0.0.0.0/0\"]",
            "line 3: proxy.trusted: 0.0.0.0/0: must not hold",
        ),
        (
            "[sessions]\nabsolute_hours = 1\nidle_minutes = 61",
            "line 4: sessions.idle_minutes: must not be longer",
        ),
        (
            "[outbound]\nallowed_networks = [\"0.0.0.0/0\"]",
            "line 3: outbound.allowed_networks: 0.0.0.0/0: must not hold",
        ),
        (
            "[outbound]\ntimeout_seconds = 0",
            "line 3: outbound.timeout_seconds: must be",
        ),
        (
            "[outbound]\nallowed_network = []",
            "line 3: unknown key outbound.allowed_network; did you mean outbound.allowed_networks?",
        ),
        (
            "[sessions]\nabsolute_hours = 721",
            "line 3: sessions.absolute_hours: must be",
        ),
    ] {
        let text = told(lines);
        assert!(text.contains(expected), "{lines}: {text}");
    }
}

const PARTITION: &str = "[[aws.partitions]]
name = \"aws-x\"
sign_in_url = \"https://signin.example/saml\"
audience = \"urn:x\"
console_url = \"https://console.example/\"
console_hosts = [\".console.example\"]
sts_url = \"https://sts.{region}.example\"
default_region = \"x-east-1\"
";

#[test]
fn mistakes_in_a_partition() {
    assert!(File::with(PARTITION).load().is_ok());
    for (from, to, expected) in [
        (
            "audience",
            "audiense",
            "line 5: unknown key aws.partitions.audiense; did you mean audience?",
        ),
        (
            "audience = \"urn:x\"\n",
            "",
            "line 2: aws.partitions.audience: is missing",
        ),
        ("\"urn:x\"", "7", "aws.partitions.audience: must be a text"),
        (
            "https://signin",
            "http://signin",
            "aws.partitions.sign_in_url: must begin with https://",
        ),
        (
            "https://console.example/",
            "javascript:x",
            "aws.partitions.console_url: must begin with https://",
        ),
        (
            "[\".console.example\"]",
            "[]",
            "aws.partitions.console_hosts: must be a list of hosts",
        ),
        (
            "\".console.example\"",
            "\".example\"",
            "aws.partitions.console_hosts: must be hosts",
        ),
        (
            "\".console.example\"",
            "\".\"",
            "aws.partitions.console_hosts: must be hosts",
        ),
        (
            "\".console.example\"",
            "\"a/b\"",
            "aws.partitions.console_hosts: must be hosts",
        ),
        ("aws-x", "AWS", "aws.partitions.name: must be as in ARNs"),
        (
            "https://sts",
            "http://sts",
            "aws.partitions.sts_url: must begin with https://",
        ),
        (
            "{region}",
            "{regoin}",
            "aws.partitions.sts_url: must begin with https://",
        ),
        (
            "x-east-1",
            "x.evil/",
            "aws.partitions.default_region: must be as AWS names it",
        ),
        (
            "default_region = \"x-east-1\"\n",
            "",
            "aws.partitions.default_region: is missing",
        ),
    ] {
        let lines = PARTITION.replace(from, to);
        assert_ne!(lines, PARTITION);
        let text = told(&lines);
        assert!(text.contains(expected), "{to}: {text}");
    }
    let twice = told(&PARTITION.repeat(2));
    assert!(
        twice.contains("line 10: aws.partitions.name: is given twice"),
        "{twice}"
    );
}

#[test]
fn a_mistake_that_another_module_finds_is_told_with_its_line() {
    let file = File::with("[database]\nurl = \"mysql://x\"\n");
    let text = file
        .config()
        .mistake("database.url", "write sqlite:PATH")
        .to_string();
    assert!(
        text.ends_with("signet.toml, line 3: database.url: write sqlite:PATH"),
        "{text}"
    );
}

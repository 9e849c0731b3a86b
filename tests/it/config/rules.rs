//! What a good configuration means, and the rules of single values.

use std::net::IpAddr;

use signet::config::PublicUrl;
use signet::model::Network;
use signet::model::Span;

use super::File;

#[test]
fn one_line_is_enough() {
    let file = File::with("");
    let config = file.config();
    assert_eq!(config.public_url.as_str(), "https://id.example.com");
    assert_eq!(config.organisation, "id.example.com");
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:8080");
    assert_eq!(config.listen.management.to_string(), "127.0.0.1:9090");
    assert!(config.tls.is_none());
    assert!(config.proxy.trusted.is_empty());
    assert_eq!(config.database.url, "sqlite:data/signet.db");
    assert_eq!(config.keys.directory, file.folder.path().join("keys"));
    assert_eq!(config.sessions.idle, Span::minutes(60));
    assert_eq!(config.sessions.absolute, Span::hours(12));
    assert_eq!(config.passwords.hash_threads, None);
    assert_eq!(config.passwords.hash_queue, 64);
    assert_eq!(config.audit.checkpoint_every, Span::seconds(60));
    assert_eq!(config.audit.checkpoint_file, None);
    assert!(config.outbound.allowed_networks.is_empty());
    assert_eq!(config.outbound.ca_file, None);
    assert_eq!(config.outbound.timeout, Span::seconds(10));
    assert!(config.aws.partitions.is_empty());
    assert_eq!(config.workers, None);
}

const WHOLE: &str = r#"
organisation = "Example & Söhne"
workers = 3
[listen]
address = "0.0.0.0:8443"
management = "[::1]:9091"
[tls]
certificate = "tls/cert.pem"
key = "/etc/tls/key.pem"
[proxy]
trusted = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]
[database]
url = "postgres://signet@db/signet"
[keys]
directory = "../keys"
[sessions]
idle_minutes = 15
absolute_hours = 8
[passwords]
hash_threads = 2
hash_queue = 10
[audit]
checkpoint_file = "checkpoints.jsonl"
checkpoint_every_seconds = 30
[outbound]
allowed_networks = ["10.0.0.0/8", "fd00::/8"]
ca_file = "ca.pem"
timeout_seconds = 20
[[aws.partitions]]
name = "aws"
sign_in_url = "http://127.0.0.1:9000/saml"
audience = "urn:amazon:webservices"
console_url = "http://127.0.0.1:9000/console"
console_hosts = ["127.0.0.1:9000", ".console.example.com"]
sts_url = "http://127.0.0.1:9000/{region}"
default_region = "eu-central-1"
"#;

#[test]
fn every_key_is_read() {
    let file = File::with(WHOLE);
    let config = file.config();
    let folder = file.folder.path();
    assert_eq!(config.organisation, "Example & Söhne");
    assert_eq!(config.workers, Some(3));
    assert_eq!(config.listen.address.to_string(), "0.0.0.0:8443");
    assert_eq!(config.listen.management.to_string(), "[::1]:9091");
    let tls = config.tls.as_ref().unwrap();
    assert_eq!(tls.certificate, folder.join("tls/cert.pem"));
    assert_eq!(tls.key.to_str(), Some("/etc/tls/key.pem"));
    let trusted: Vec<String> = config
        .proxy
        .trusted
        .iter()
        .map(Network::to_string)
        .collect();
    assert_eq!(trusted, ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]);
    assert_eq!(config.database.url, "postgres://signet@db/signet");
    assert_eq!(config.keys.directory, folder.join("../keys"));
    assert_eq!(config.sessions.idle, Span::minutes(15));
    assert_eq!(config.sessions.absolute, Span::hours(8));
    assert_eq!(config.passwords.hash_threads, Some(2));
    assert_eq!(config.passwords.hash_queue, 10);
    assert_eq!(
        config.audit.checkpoint_file,
        Some(folder.join("checkpoints.jsonl"))
    );
    assert_eq!(config.audit.checkpoint_every, Span::seconds(30));
    let allowed = &config.outbound.allowed_networks;
    let allowed: Vec<String> = allowed.iter().map(Network::to_string).collect();
    assert_eq!(allowed, ["10.0.0.0/8", "fd00::/8"]);
    assert_eq!(config.outbound.ca_file, Some(folder.join("ca.pem")));
    assert_eq!(config.outbound.timeout, Span::seconds(20));
    assert_eq!(config.aws.partitions.len(), 1);
    assert_eq!(
        config.aws.partitions[0].sts_endpoint(None).unwrap(),
        "http://127.0.0.1:9000/eu-central-1"
    );
    assert_eq!(config.aws.partitions[0].audience, "urn:amazon:webservices");
    assert_eq!(
        config.aws.partitions[0].console_hosts,
        ["127.0.0.1:9000", ".console.example.com"]
    );
}

#[test]
fn the_identity_follows_from_the_public_url() {
    let identity = File::with("").config().identity().unwrap();
    assert_eq!(identity.public_url, "https://id.example.com");
    assert_eq!(
        identity.entity_id.as_str(),
        "https://id.example.com/saml/metadata"
    );
    assert_eq!(identity.oidc_issuer, "https://id.example.com");
    assert_eq!(identity.rp_id, "id.example.com");
}

#[test]
fn public_urls_that_are_accepted() {
    for url in [
        "https://id.example.com",
        "https://id.example.com:8443",
        "https://xn--shne-5qa.example",
        "https://192.0.2.1",
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
    ] {
        assert_eq!(PublicUrl::parse(url).unwrap().as_str(), url);
    }
}

#[test]
fn public_urls_that_are_refused() {
    for (url, why) in [
        ("id.example.com", "https://id.example.com"),
        ("http://id.example.com", "https://"),
        ("http://localhost.example.com", "https://"),
        ("http://10.0.0.1", "https://"),
        ("ftp://id.example.com", "https://"),
        ("https://id.example.com/", "write https://id.example.com:"),
        ("https://id.example.com/sso", "path"),
        ("https://id.example.com?x=1", "query"),
        ("https://id.example.com#x", "fragment"),
        ("https://me@id.example.com", "user name"),
        ("https://ID.example.com", "write https://id.example.com:"),
        (
            "https://id.example.com:443",
            "write https://id.example.com:",
        ),
        (
            "https://söhne.example",
            "write https://xn--shne-5qa.example:",
        ),
        ("", "not a URL"),
    ] {
        let reason = PublicUrl::parse(url).unwrap_err();
        assert!(reason.contains(why), "{url}: {reason}");
    }
}

#[test]
fn networks_hold_their_addresses_and_no_others() {
    let cases = [
        ("10.0.0.0/8", "10.255.1.2", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.8", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false),
        ("2001:db8::/32", "32.1.13.184", false),
        ("128.0.0.0/1", "200.0.0.1", true),
        ("128.0.0.0/1", "127.0.0.1", false),
    ];
    for (network, address, expected) in cases {
        let address: IpAddr = address.parse().unwrap();
        let network = Network::parse(network).unwrap();
        assert_eq!(network.contains(address), expected, "{network} {address}");
    }
}

#[test]
fn networks_that_are_refused() {
    for text in [
        "",
        "proxy",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.5/8",
        "0.0.0.0/0",
        "::/0",
        "2001:db8::1/32",
        "2001:db8::/129",
    ] {
        assert!(Network::parse(text).is_err(), "{text}");
    }
}

#[test]
fn plain_http_for_everybody_is_refused_under_https() {
    let open = "[listen]\naddress = \"0.0.0.0:8080\"\n";
    assert!(File::with(open).mistake().contains("plain http"));
    let proxied = format!("{open}[proxy]\ntrusted = [\"10.0.0.1\"]\n");
    assert!(File::with(&proxied).load().is_ok());
    let own = format!("{open}[tls]\ncertificate = \"c\"\nkey = \"k\"\n");
    assert!(File::with(&own).load().is_ok());
}

#[test]
fn the_database_url_is_not_printed() {
    let file = File::with("[database]\nurl = \"postgres://me:hunter2@db/signet\"\n");
    assert!(!format!("{:?}", file.config()).contains("hunter2"));
}

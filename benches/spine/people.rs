//! The organisation of the load, and how its people sign in.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use signet::cli::services::{host_op, open_instance};
use signet::config::Config;
use signet::entropy::Entropy;
use signet::model::Secret;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command;

use crate::http::Connection;
use crate::server::Instance;

pub const PASSWORD: &str = "correct horse battery staple";
const FILE: &str = r#"
[[users]]
user_name = "alice"
email = "alice@example.com"
display_name = "Alice Archer"
given_name = "Alice"
family_name = "Archer"

[[groups]]
name = "Developers"
members = ["alice"]

[[applications]]
name = "Load"
metadata = "sp.xml"

[[assignments]]
group = "Developers"
application = "Load"

# A code works once in thirty seconds: the load signs in with the password alone.
[[policies]]
policy = { required_assurance = "one" }
"#;
const METADATA: &str = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example/metadata"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.example/acs" index="0"/></SPSSODescriptor></EntityDescriptor>"#;

/// Makes it through the command line; the password by the service, because it is in no file.
pub fn populate(instance: &Instance) {
    let write = |name: &str, text: &str| {
        std::fs::write(instance.folder.join(name), text).expect("a file can be written");
    };
    write("org.toml", FILE);
    write("sp.xml", METADATA);
    let applied = Command::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/release/signet"
    ))
    .args(["config", "apply", "org.toml"])
    .current_dir(&instance.folder)
    .output()
    .expect("the program runs");
    assert!(
        applied.status.success(),
        "{}",
        String::from_utf8_lossy(&applied.stderr)
    );
    set_password(&instance.config_file());
}

fn set_password(file: &Path) {
    let config = Config::load(file, Vec::new()).expect("the configuration");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(async {
        let app = open_instance(&config).await.expect("the instance");
        let op = host_op(&app.clock, &app.entropy, "bench");
        let alice = app
            .directory
            .user_by_name("alice")
            .await
            .expect("a read")
            .expect("alice");
        let password = Secret::from_text(PASSWORD.into());
        let set = app.credentials.set_password(&op, &alice.id, password);
        set.await.expect("a write").expect("a good password");
    });
}

/// Signs in with the password and returns the session's cookies.
pub fn sign_in(connection: &mut Connection) -> String {
    let begun = connection.get("/", "");
    let mut cookies = begun.cookies;
    let page = connection.get(&begun.location, &joined(&cookies));
    cookies.extend(page.cookies.clone());
    let html = page.text();
    let csrf = behind(&html, "name=\"csrf\" value=\"");
    let body = format!(
        "csrf={csrf}&user_name=alice&password={}",
        PASSWORD.replace(' ', "+")
    );
    let path = format!("{}/password", begun.location);
    let answer = connection.post(&path, &joined(&cookies), &body);
    assert_eq!(answer.status, 303, "{}", answer.text());
    let session = connection.get(&answer.location, &joined(&cookies));
    assert!(!session.cookies.is_empty(), "{}", session.text());
    cookies.extend(session.cookies);
    joined(&cookies)
}

fn joined(cookies: &[(String, String)]) -> String {
    let pairs: Vec<String> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}

fn behind<'a>(html: &'a str, mark: &str) -> &'a str {
    let (_, rest) = html.split_once(mark).expect(mark);
    rest.split('"').next().expect("an end")
}

/// The path of a new AuthnRequest by HTTP-Redirect, unsigned.
pub fn request(address: SocketAddr, entropy: &Entropy) -> String {
    let id = hex::encode(entropy.octets::<16>());
    let at = signet::clock::Clock::System.now().to_xs_date_time();
    let xml = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" AssertionConsumerServiceURL=\"https://sp.example/acs\" Destination=\"http://localhost:{}/saml/sso\" ID=\"_{id}\" IssueInstant=\"{at}\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">https://sp.example/metadata</saml:Issuer></samlp:AuthnRequest>",
        address.port()
    );
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(xml.as_bytes()).expect("memory");
    let value = STANDARD.encode(encoder.finish().expect("memory"));
    let value = value
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    format!("/saml/sso?SAMLRequest={value}&RelayState=there")
}

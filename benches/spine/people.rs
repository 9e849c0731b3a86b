//! The organisation of the load, and how its people sign in.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use signet::cli::services::{host_op, open_instance};
use signet::config::Config;
use signet::entropy::Entropy;
use signet::model::Secret;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http::Connection;
use crate::server::Instance;

pub const PASSWORD: &str = "correct horse battery staple";
/// So many people, so that nobody signs in twice at once: failures are charged before a password is looked at, and too
/// many attempts in flight count as guessing.
pub const PEOPLE: usize = 96;
const FILE: &str = r#"
[[applications]]
name = "Load"
metadata = "sp.xml"

[[applications]]
name = "Client"
client = { client_id = "load", token_endpoint_auth_method = "client_secret_post", redirect_uris = ["https://rp.example/callback"], grant_types = ["authorization_code", "refresh_token", "client_credentials"], scopes = ["openid", "profile", "email", "offline_access", "jobs"], consent = "implied" }

[[assignments]]
group = "Everybody"
application = "Load"

[[assignments]]
group = "Everybody"
application = "Client"

# A code works once in thirty seconds: the load signs in with the password alone.
[[policies]]
policy = { required_assurance = "one" }
"#;
const METADATA: &str = r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example/metadata"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.example/acs" index="0"/></SPSSODescriptor></EntityDescriptor>"#;

/// Somebody who can sign in.
pub struct Person {
    pub name: String,
    /// The seed of their TOTP device, where a second factor is asked for.
    pub totp: Option<&'static str>,
}

fn name(number: usize) -> String {
    format!("user{number}")
}

fn file() -> String {
    let mut text = FILE.to_owned();
    let mut members = Vec::new();
    for name in (0..PEOPLE).map(name) {
        text.push_str(&format!(
            "[[users]]\nuser_name = \"{name}\"\nemail = \"{name}@example.com\"\ndisplay_name = \"Alice Archer\"\n"
        ));
        members.push(format!("\"{name}\""));
    }
    let members = members.join(", ");
    text + &format!("[[groups]]\nname = \"Everybody\"\nmembers = [{members}]\n")
}

/// Makes it through the command line; the passwords by the service, because they are in no file.
pub fn populate(instance: &Instance) {
    write(instance, "org.toml", &file());
    write(instance, "sp.xml", METADATA);
    program(instance, &["config", "apply", "org.toml"]);
    set_passwords(&instance.config_file());
}

/// A new secret of the load's client.
pub fn client_secret(instance: &Instance) -> String {
    let made = program(instance, &["client", "secret", "load", "--remove-former"]);
    made.trim().to_owned()
}

/// A file in the instance's folder.
pub fn write(instance: &Instance, name: &str, text: &str) {
    std::fs::write(instance.folder.join(name), text).expect("a file can be written");
}

/// The program in the instance's folder; what it prints.
pub fn program(instance: &Instance, arguments: &[&str]) -> String {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/target/release/signet");
    let run = Command::new(program)
        .args(arguments)
        .current_dir(&instance.folder)
        .output()
        .expect("the program runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    String::from_utf8(run.stdout).expect("text")
}

fn set_passwords(file: &Path) {
    let config = Config::load(file, Vec::new()).expect("the configuration");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime").block_on(async {
        let app = open_instance(&config).await.expect("the instance");
        let op = host_op(&app.clock, &app.entropy, "bench");
        for name in (0..PEOPLE).map(name) {
            let user = app
                .directory
                .user_by_name(&name)
                .await
                .expect("a read")
                .expect("a user");
            let password = Secret::from_text(PASSWORD.into());
            let set = app.credentials.set_password(&op, &user.id, password);
            set.await.expect("a write").expect("a good password");
        }
    });
}

/// The password as another system would have kept it.
pub fn password_hash() -> String {
    let params = Params::new(19_456, 2, 1, Some(32)).expect("parameters");
    let (salt, mut out) = (b"saltsaltsaltsalt", [0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(PASSWORD.as_bytes(), salt, &mut out)
        .expect("it can be hashed");
    let [salt, out] = [&salt[..], &out[..]].map(|octets| STANDARD_NO_PAD.encode(octets));
    format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${out}")
}

/// Somebody who is not signing in now signs in with the password; the session's cookies.
pub fn sign_in(connection: &mut Connection) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = name(NEXT.fetch_add(1, Ordering::Relaxed) % PEOPLE);
    let person = Person { name, totp: None };
    loop {
        // Sent away for a moment, as a browser's person comes back.
        if let Some(cookies) = sign_in_as(connection, &person) {
            return cookies;
        }
        crate::load::wait(std::time::Duration::from_millis(100));
    }
}

/// A person's sign-in; the session's cookies. None: the queue was full.
pub fn sign_in_as(connection: &mut Connection, person: &Person) -> Option<String> {
    let begun = connection.get("/", "");
    let mut cookies = begun.cookies;
    let page = connection.get(&begun.location, &joined(&cookies));
    cookies.extend(page.cookies.clone());
    let html = page.text();
    let csrf = behind(&html, "name=\"csrf\" value=\"");
    let body = format!(
        "csrf={csrf}&user_name={}&password={}",
        person.name,
        PASSWORD.replace(' ', "+")
    );
    let path = format!("{}/password", begun.location);
    let mut answer = connection.post(&path, &joined(&cookies), &body);
    if answer.status == 503 {
        return None;
    }
    assert_eq!(answer.status, 303, "{}", answer.text());
    if let Some(seed) = person.totp {
        let page = connection.get(&answer.location, &joined(&cookies)).text();
        let csrf = behind(&page, "name=\"csrf\" value=\"");
        let body = format!("csrf={csrf}&code={}", code(seed));
        answer = connection.post(
            &format!("{}/code", begun.location),
            &joined(&cookies),
            &body,
        );
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    let session = connection.get(&answer.location, &joined(&cookies));
    assert!(!session.cookies.is_empty(), "{}", session.text());
    cookies.extend(session.cookies);
    Some(joined(&cookies))
}

fn code(seed: &str) -> String {
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(seed).expect("base32"))
        .build()
        .expect("a seed");
    let now = signet::clock::Clock::System.now().as_seconds();
    totp.generate(now.cast_unsigned()).to_string()
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

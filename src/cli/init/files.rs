//! The files that `init` writes.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::answers::{Answers, Transport};
use crate::cli::CliError;

/// `signet.toml` as answered; what has a default is left to it.
pub(super) fn configuration(path: &Path, answers: &Answers) -> String {
    let mut text = format!(
        "# Signet. `signet check-config` reads it as the server does; every key is in the README.\npublic_url = {}\n",
        quoted(answers.public_url.as_str())
    );
    let (address, rest) = match &answers.transport {
        Transport::Local => (format!("127.0.0.1:{}", port(answers)), String::new()),
        Transport::Proxy => (
            "127.0.0.1:8080".to_owned(),
            "\n[proxy]\n# Whose X-Forwarded-For is believed.\ntrusted = [\"127.0.0.1/32\", \"::1/128\"]\n".to_owned(),
        ),
        Transport::Own(folder) => (
            format!("0.0.0.0:{}", port(answers)),
            format!(
                "\n[tls]\ncertificate = {}\nkey = {}\n",
                quoted(&folder.join("cert.pem").to_string_lossy()),
                quoted(&folder.join("key.pem").to_string_lossy())
            ),
        ),
    };
    text.push_str(&format!(
        "\n[listen]\naddress = {}\nmanagement = \"127.0.0.1:9090\"\n{rest}",
        quoted(&address)
    ));
    text.push_str(&format!(
        "\n[database]\nurl = {}\n\n[keys]\ndirectory = \"keys\"\n",
        quoted(&answers.database)
    ));
    let checkpoints = own_name(path).map_or_else(
        || "checkpoints.jsonl".to_owned(),
        |own| format!("{own}-checkpoints.jsonl"),
    );
    text.push_str(&format!(
        "\n[audit]\n# Signed checkpoints; best on another machine's disk.\ncheckpoint_file = {}\n",
        quoted(&checkpoints)
    ));
    text
}

fn port(answers: &Answers) -> u16 {
    let url = url::Url::parse(answers.public_url.as_str()).ok();
    url.and_then(|url| url.port_or_known_default())
        .unwrap_or(8080)
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Writes a file that must not be there yet.
pub(super) fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), CliError> {
    OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .map_err(|e| CliError::failed(format!("{} cannot be written", path.display()), e))
}

/// Takes back what `write_new` wrote.
pub(super) fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        eprintln!("signet: {} is left behind: {error}", path.display());
    }
}

/// What the files of a configuration are told apart by where it is not called signet.toml.
fn own_name(config: &Path) -> Option<String> {
    let name = config.file_stem()?.to_string_lossy().into_owned();
    (name != "signet").then_some(name)
}

/// A path as systemd takes it to the end of a line: `%` begins a specifier (systemd.unit(5)).
fn specifiers(path: &Path) -> String {
    path.to_string_lossy().replace('%', "%%")
}

/// A path as one quoted word of a list (systemd.syntax(7), "Quoting").
fn word(path: &Path) -> String {
    let text = specifiers(path).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

/// Beside the configuration: a unit for systemd, to be copied to /etc/systemd/system.
pub(super) fn write_unit(config: &Path) -> Result<PathBuf, CliError> {
    let program = std::env::current_exe()
        .map_err(|e| CliError::failed("the program's own path is unknown", e))?;
    let folder = config.parent().unwrap_or(config);
    let name = own_name(config).map_or_else(|| "signet".into(), |own| format!("signet-{own}"));
    let text = format!(
        "# Copy to /etc/systemd/system, set User, then: systemctl enable --now {name}\n\
         [Unit]\nDescription=Signet identity provider\nAfter=network-online.target\nWants=network-online.target\n\n\
         [Service]\nExecStart={program} serve --config {config}\nWorkingDirectory={place}\nRestart=on-failure\n\
         # User=signet\nAmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n\
         NoNewPrivileges=true\nProtectSystem=strict\nProtectHome=read-only\nReadWritePaths={folder}\nPrivateTmp=true\n\
         PrivateDevices=true\nMemoryDenyWriteExecute=true\nUMask=0077\n\n\
         [Install]\nWantedBy=multi-user.target\n",
        program = word(&program),
        config = word(config).replace('$', "$$"),
        place = specifiers(folder),
        folder = word(folder),
    );
    let path = folder.join(format!("{name}.service"));
    if path.exists() {
        return Ok(path);
    }
    write_new(&path, &text, 0o644)?;
    Ok(path)
}

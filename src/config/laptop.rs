//! What the machine of a person says: folders, the browser, AWS's own variables. No `signet.toml` is read there.

use std::ffi::OsString;
use std::path::PathBuf;

/// Whether a browser can show itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// A desktop, or a browser that `BROWSER` names.
    Present,
    /// A server, a container, a connection by SSH.
    Absent,
}

/// The environment of the commands that people run on their own machines.
#[derive(Debug, Clone)]
pub struct LaptopSettings {
    /// Where sign-ins are kept; none: the environment names neither it nor a home.
    pub folder: Option<PathBuf>,
    /// AWS's configuration file: `AWS_CONFIG_FILE`, or `.aws/config` in the home.
    pub aws_config_file: Option<PathBuf>,
    /// `AWS_REGION`, or `AWS_DEFAULT_REGION`.
    pub aws_region: Option<String>,
    /// `AWS_ENDPOINT_URL_STS`.
    pub aws_sts_url: Option<String>,
    /// The programs of `BROWSER`, in the order in which they are tried.
    pub browsers: Vec<PathBuf>,
    /// Whether a browser can show itself.
    pub screen: Screen,
    /// The person's shell, such as `/bin/bash`.
    pub shell: Option<String>,
}

impl LaptopSettings {
    /// Reads variables through `lookup`. A variable that is set to nothing is not set, as the XDG Base Directory
    /// Specification and AWS's tools have it.
    ///
    /// The folder is `SIGNET_CONFIG_DIR`, or `signet` in `XDG_CONFIG_HOME` (absolute: the specification has relative ones
    /// ignored), in `~/Library/Application Support` on macOS, in `~/.config` elsewhere.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let given = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let text = |name: &str| given(name).and_then(|value| value.into_string().ok());
        let home = given("HOME").map(PathBuf::from);
        let own = if cfg!(target_os = "macos") {
            "Library/Application Support/signet"
        } else {
            ".config/signet"
        };
        let folder = given("SIGNET_CONFIG_DIR")
            .map(PathBuf::from)
            .or_else(|| {
                let configuration = given("XDG_CONFIG_HOME").map(PathBuf::from)?;
                configuration
                    .is_absolute()
                    .then(|| configuration.join("signet"))
            })
            .or_else(|| home.as_ref().map(|home| home.join(own)));
        let browsers: Vec<PathBuf> = given("BROWSER")
            .map(|list| std::env::split_paths(&list).collect())
            .unwrap_or_default();
        let desktop = given("DISPLAY").is_some()
            || given("WAYLAND_DISPLAY").is_some()
            || given("WSL_DISTRO_NAME").is_some()
            || (cfg!(target_os = "macos") && given("SSH_CONNECTION").is_none());
        Self {
            folder,
            aws_config_file: given("AWS_CONFIG_FILE")
                .map(PathBuf::from)
                .or_else(|| home.map(|home| home.join(".aws/config"))),
            aws_region: text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")),
            aws_sts_url: text("AWS_ENDPOINT_URL_STS"),
            screen: if desktop || !browsers.is_empty() {
                Screen::Present
            } else {
                Screen::Absent
            },
            browsers,
            shell: text("SHELL"),
        }
    }
}

/// The settings of this process.
pub fn laptop() -> LaptopSettings {
    LaptopSettings::read(|name| std::env::var_os(name))
}

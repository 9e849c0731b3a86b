//! `signet init`: four questions, and then an instance with its first administrator.
//!
//! Everything is checked before the instance is made; when it cannot be made, the files written for it go again.

mod answers;
mod files;

use std::path::Path;

use super::arguments::InitAnswers;
use super::services::{Settings, host_op, make_database_folder, open_store};
use super::{CliError, doctor, tls};
use crate::audit::LinkPurpose;
use crate::config::{self, Config};
use crate::directory::{NewUser, Profile};
use crate::keys::Keys;
use crate::model::{AdminRole, EmailAddress, Span, UserState};
use crate::web::{App, routes};
use answers::Answers;

/// The first administrator may be at another desk.
const LINK_LIFETIME: Span = Span::days(3);

/// Asks, makes the instance, and prints the administrator's link.
///
/// # Errors
/// The first answer that cannot be, or what the system refuses; nothing is left behind then.
pub async fn run(given: InitAnswers) -> Result<(), CliError> {
    let path = std::path::absolute(&given.config)
        .map_err(|e| CliError::failed(given.config.display().to_string(), e))?;
    if path.exists() {
        return Err(CliError::Refused(format!(
            "{} is there already. For a new link to an existing instance run `signet admin recover`; for another \
             instance name another file with --config",
            path.display()
        )));
    }
    let answers = answers::ask(&given)?;
    files::write_new(&path, &files::configuration(&path, &answers), 0o600)?;
    let made = make(&path, &answers).await;
    if made.is_err() {
        files::remove(&path);
    }
    let link = made?;
    doctor::after_init(Config::load(&path, config::environment())?).await;
    let unit = files::write_unit(&path)?;
    eprintln!(
        "\nMade: {} (settings), {} (systemd unit)",
        path.display(),
        unit.display()
    );
    eprintln!(
        "Keep a copy of the keys directory apart from your backups: without it nothing can be read.\n"
    );
    eprintln!(
        "Start it:   signet serve --config {}\n",
        given.config.display()
    );
    eprintln!("Then open this link once, within three days, to set up the administrator:");
    say!("{link}");
    Ok(())
}

async fn make(path: &Path, answers: &Answers) -> Result<String, CliError> {
    let config = Config::load(path, config::environment())?;
    if let Some(files) = &config.tls {
        tls::server_config(&config, files)?;
    }
    make_database_folder(&config)?;
    let store = open_store(&config)?;
    store.migrate()?;
    let settings = Settings::of(&config);
    let op = host_op(&settings.clock, &settings.entropy, "init");
    let identity = config
        .identity()
        .map_err(|e| config.mistake("public_url", e.to_string()))?;
    let keys = Keys::create_instance(&store, &op, &config.keys.directory, identity).await?;
    let app = settings.assemble(store, keys)?;
    make_administrator(&app, &answers.admin).await
}

async fn make_administrator(app: &App, email: &EmailAddress) -> Result<String, CliError> {
    let op = host_op(&app.clock, &app.entropy, "init");
    let name = email.as_str().split('@').next().unwrap_or("admin");
    let new = NewUser {
        user_name: name.to_owned(),
        state: UserState::Active,
        admin_role: AdminRole::Administrator,
        profile: Profile {
            email: email.to_string(),
            display_name: name.to_owned(),
            given_name: String::new(),
            family_name: String::new(),
            attributes: std::collections::BTreeMap::new(),
        },
    };
    let user = app.directory.create_user(&op, new).await?;
    let token = app
        .credentials
        .issue_link(&op, &user.id, LinkPurpose::Setup, LINK_LIFETIME)
        .await?;
    Ok(app.site.url(&routes::invite(&token)))
}

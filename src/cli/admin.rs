//! `signet admin recover`: a way back in, for somebody with a shell on the host.

use super::CliError;
use super::arguments::RecoverOptions;
use super::services::{host_op, load_config, open_instance};
use crate::audit::LinkPurpose;
use crate::model::{AdminRole, Span, User, UserState};
use crate::web::{App, routes};

/// Long enough to walk to somebody's desk.
pub const LINK_LIFETIME: Span = Span::hours(1);

/// Makes a one-time link, which ends every earlier one of that person, and prints it.
///
/// # Errors
/// When it is not clear whose.
pub async fn recover(options: RecoverOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "admin recover");
    let user = whose(&app, options.user.as_deref()).await?;
    if options.reset_second_factor {
        app.credentials.reset_second_factors(&op, &user.id).await?;
        let pass = app.credentials.issue_pass(&op, &user.id).await?;
        eprintln!(
            "The second factors of {} are gone. Another one is set up with this pass, once, within fifteen minutes:\n{pass}",
            user.user_name
        );
    }
    let token = app
        .credentials
        .issue_link(&op, &user.id, LinkPurpose::Recovery, LINK_LIFETIME)
        .await?;
    eprintln!(
        "This link sets a new password for {} once, within an hour:",
        user.user_name
    );
    say!("{}", app.site.url(&routes::invite(&token)));
    Ok(())
}

async fn whose(app: &App, name: Option<&str>) -> Result<User, CliError> {
    let user = match name {
        Some(name) => app.directory.user_by_name(name).await?.ok_or_else(|| {
            CliError::Refused(format!(
                "there is no user \"{name}\"; names are as at sign-in"
            ))
        })?,
        None => the_administrator(app).await?,
    };
    if !user.state.may_sign_in() {
        return Err(CliError::Refused(format!(
            "{} is {} and may not sign in; name another with --user",
            user.user_name,
            user.state.as_str()
        )));
    }
    Ok(user)
}

async fn the_administrator(app: &App) -> Result<User, CliError> {
    let mut administrators = app.directory.users().await?;
    administrators.retain(|user| {
        user.admin_role == AdminRole::Administrator && user.state == UserState::Active
    });
    let names: Vec<String> = administrators
        .iter()
        .map(|user| user.user_name.to_string())
        .collect();
    match (administrators.pop(), administrators.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(CliError::Refused(format!(
            "there are several administrators; name one with --user: {}",
            names.join(", ")
        ))),
        (None, _) => Err(CliError::Refused(
            "there is no active administrator; name a person with --user".to_owned(),
        )),
    }
}

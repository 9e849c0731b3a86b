//! `signet token`: tokens of the API.

use serde_json::json;

use super::CliError;
use super::arguments::{TokenCreateOptions, TokenListOptions, TokenRevokeOptions};
use super::services::{host_op, load_config, open_instance};
use crate::model::{ApiScope, Span};

/// Makes a token and prints it.
///
/// # Errors
/// When there is nobody of that name, or no such scope.
pub async fn create(options: TokenCreateOptions) -> Result<(), CliError> {
    let scopes = scopes(&options.scope)?;
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "token create");
    let user = app.directory.user_by_name(&options.user).await?;
    let user =
        user.ok_or_else(|| CliError::Refused(format!("there is no user \"{}\"", options.user)))?;
    let lacking = scopes
        .iter()
        .find(|scope| !user.admin_role.may(scope.duty()));
    if let Some(scope) = lacking {
        return Err(CliError::Refused(format!(
            "{} may not do what {} is for; name an administrator, or for reading an auditor, with --user",
            user.user_name,
            scope.as_str()
        )));
    }
    let lifetime = Span::days(options.days.into());
    let what = (options.name.as_str(), scopes.as_slice());
    let (token, secret) = app
        .credentials
        .create_api_token(&op, &user.id, what, lifetime)
        .await?;
    eprintln!(
        "Token {} of {}, until {}. It is shown this once; send it as Authorization: Bearer",
        token.id,
        user.user_name,
        token.expires_at.to_rfc3339()
    );
    say!("{secret}");
    Ok(())
}

fn scopes(names: &[String]) -> Result<Vec<ApiScope>, CliError> {
    let known: Vec<&str> = ApiScope::ALL.iter().map(|scope| scope.as_str()).collect();
    let parse = |name: &String| {
        ApiScope::parse(name).ok_or_else(|| {
            CliError::Usage(format!("--scope {name}: there are {}", known.join(", ")))
        })
    };
    names.iter().map(parse).collect()
}

/// Shows every token.
///
/// # Errors
/// The store's.
pub async fn list(options: TokenListOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let now = app.clock.now();
    let users = app.directory.users().await?;
    for token in app.credentials.api_tokens().await? {
        let owner = users.iter().find(|user| user.id == token.user_id);
        let owner = owner.map(|user| user.user_name.to_string());
        let state = match token.revoked_at {
            Some(_) => "revoked",
            None if token.expires_at <= now => "expired",
            None => "works",
        };
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let last_used = token.last_used_at.map(|at| at.to_rfc3339());
        if options.json {
            let line = json!({
                "id": token.id,
                "name": token.name,
                "user": owner,
                "scopes": scopes,
                "state": state,
                "created_at": token.created_at.to_rfc3339(),
                "expires_at": token.expires_at.to_rfc3339(),
                "last_used_at": last_used,
            });
            say!("{line}");
            continue;
        }
        say!(
            "{} {state:<8} {} ({}) {}, until {}, last used {}",
            token.id,
            token.name,
            owner.unwrap_or_default(),
            scopes.join(" "),
            token.expires_at.to_rfc3339(),
            last_used.as_deref().unwrap_or("never")
        );
    }
    Ok(())
}

/// Makes a token useless.
///
/// # Errors
/// When there is none of this id, or it is revoked already.
pub async fn revoke(options: TokenRevokeOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "token revoke");
    let tokens = app.credentials.api_tokens().await?;
    let token = tokens.iter().find(|token| token.id.as_str() == options.id);
    let token = token.ok_or_else(|| {
        CliError::Refused(format!(
            "there is no token {}; see `signet token list`",
            options.id
        ))
    })?;
    if !app.credentials.revoke_api_token(&op, token).await? {
        return Err(CliError::Refused(format!(
            "{} is revoked already",
            options.id
        )));
    }
    eprintln!("{} ({}) is revoked", token.id, token.name);
    Ok(())
}

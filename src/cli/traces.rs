//! `signet traces`: what became of applications' attempts.

use super::CliError;
use super::arguments::TracesOptions;
use super::services::{host_op, load_config, open_instance};
use crate::model::{AppId, Certainty, NamedTrace};
use crate::web::App;

/// Shows the newest, failing ones first, or one by its id.
///
/// # Errors
/// When there is no such attempt or application.
pub async fn run(options: TracesOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config.clone())?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "traces");
    let found = match &options.id {
        Some(id) => match app.traces.find(&op, id).await? {
            Some(found) => vec![found],
            None => {
                return Err(CliError::Refused(format!(
                    "{id}: no attempt of the last 24 hours has this id, nor had a request of one"
                )));
            }
        },
        None => {
            let app_id = match &options.app {
                Some(name) => Some(by_name(&app, name).await?),
                None => None,
            };
            app.traces
                .newest(&op, app_id.as_ref(), options.most)
                .await?
        }
    };
    if found.is_empty() && !options.json {
        eprintln!("no application has asked for anything in the last 24 hours");
    }
    for named in &found {
        if options.json {
            let line = serde_json::to_string(named)
                .map_err(|e| CliError::failed("a trace cannot be written", e))?;
            say!("{line}");
        } else {
            show(named, options.id.is_some());
        }
    }
    Ok(())
}

async fn by_name(app: &App, name: &str) -> Result<AppId, CliError> {
    let all = app.apps.applications().await?;
    let is_it = |known: &&crate::model::Application| {
        known.name == name || known.registration.identifier() == name
    };
    all.iter()
        .find(is_it)
        .map(|known| known.id.clone())
        .ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|known| known.name.as_str()).collect();
            CliError::Refused(format!(
                "{name}: no such application; there are: {}",
                names.join(", ")
            ))
        })
}

/// A few lines each; everything for one alone.
fn show(named: &NamedTrace, whole: bool) {
    let trace = &named.trace;
    let application = named.app_name.as_deref().or(trace.named.as_deref());
    say!(
        "{}  {}  {}  {}{}{}",
        trace.started_at.to_xs_date_time(),
        trace.outcome.name(),
        application.unwrap_or("unknown application"),
        trace.endpoint,
        trace
            .rule
            .as_ref()
            .map_or(String::new(), |rule| format!("  {rule}")),
        named
            .user_name
            .as_ref()
            .map_or(String::new(), |user| format!("  {user}")),
    );
    say!("  id: {}", trace.id);
    let causes = if whole {
        trace.causes.as_slice()
    } else {
        trace.causes.get(..1).unwrap_or_default()
    };
    for cause in causes {
        let sure = if cause.certainty == Certainty::Likely {
            "likely: "
        } else {
            ""
        };
        say!("  cause: {sure}{}", cause.cause);
        say!("  fix: {}", cause.fix);
    }
    if whole {
        say!("  request: {}", trace.request_id);
        for (title, values) in [("asked", &trace.asked), ("answered", &trace.answered)] {
            for (name, value) in values {
                say!("  {title}: {name} = {value}");
            }
        }
    }
}

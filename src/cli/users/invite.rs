//! `signet users invite`.

use serde_json::json;

use crate::cli::CliError;
use crate::cli::arguments::InviteOptions;
use crate::cli::services::{host_op, load_config, open_instance};
use crate::directory::{InvitationOutcome, Invitations, Travel};
use crate::mail::Delivery;
use crate::model::Span;
use crate::web::routes;

/// Invites people, each by itself.
///
/// # Errors
/// When somebody could not be invited, after everybody else was.
pub async fn invite(options: InviteOptions) -> Result<(), CliError> {
    let config = load_config(options.config.config)?;
    let app = open_instance(&config).await?;
    let op = host_op(&app.clock, &app.entropy, "users invite");
    let travel = if options.by_hand {
        Travel::ByHand
    } else {
        Travel::ByMail
    };
    let invitations = Invitations {
        addresses: options.addresses.join("\n"),
        groups: app.directory.group_ids(&options.group).await?,
        lifetime: Span::days(options.days.into()),
        links_at: app.site.url(&routes::invite("")),
        travel,
    };
    let services = (&app.credentials, &app.outbox);
    let results = app.directory.invite(&op, services, &invitations).await?;
    let mut refused = 0_usize;
    for invited in &results {
        let (what, link) = match &invited.outcome {
            InvitationOutcome::Sent { link: None, .. } => ("mailed".to_owned(), None),
            InvitationOutcome::Sent { link, .. } => ("invited".to_owned(), link.as_deref()),
            InvitationOutcome::IsThere(state) => {
                (format!("is there already, {}", state.as_str()), None)
            }
            InvitationOutcome::Refused(error) => {
                refused = refused.saturating_add(1);
                (format!("not invited: {error}"), None)
            }
        };
        if options.json {
            println!(
                "{}",
                json!({"address": invited.address, "outcome": what, "link": link})
            );
            continue;
        }
        eprintln!("{}: {what}", invited.address);
        if let Some(link) = link {
            println!("{link}");
        }
    }
    if travel == Travel::ByMail && app.outbox.delivery() == Delivery::Off && !options.json {
        eprintln!(
            "There is no mail server ([mail] in {}): pass the links on yourself; each works once.",
            config.file().display()
        );
    }
    match refused {
        0 => Ok(()),
        n => Err(CliError::Refused(format!(
            "{n} of {} could not be invited",
            results.len()
        ))),
    }
}

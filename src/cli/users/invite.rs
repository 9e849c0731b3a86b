//! `signet users invite`.

use serde_json::json;

use crate::cli::CliError;
use crate::cli::arguments::InviteOptions;
use crate::cli::services::{host_op, load_config, open_instance};
use crate::directory::{InvitationOutcome, Invitations, Travel};
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
    let (mut refused, mut links) = (0_usize, 0_usize);
    for invited in results.iter() {
        let address = &invited.address;
        let line = match &invited.outcome {
            InvitationOutcome::Sent { link: None, .. } => {
                eprintln_unless(options.json, &format!("{address}: mailed"));
                json!({"address": address, "outcome": "mailed"})
            }
            InvitationOutcome::Sent {
                link: Some(link), ..
            } => {
                links = links.saturating_add(1);
                eprintln_unless(options.json, &format!("{address}: pass this link on"));
                if !options.json {
                    say!("{link}");
                }
                json!({"address": address, "outcome": "link", "link": link})
            }
            InvitationOutcome::IsThere(state) => {
                let said = format!("{address}: already here, {}", state.as_str());
                eprintln_unless(options.json, &said);
                json!({"address": address, "outcome": "is_there", "state": state})
            }
            InvitationOutcome::Refused(error) => {
                refused = refused.saturating_add(1);
                eprintln_unless(options.json, &format!("{address}: not invited: {error}"));
                json!({"address": address, "outcome": "refused", "detail": error.to_string()})
            }
        };
        if options.json {
            say!("{line}");
        }
    }
    if links > 0 && !options.by_hand && !options.json {
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

fn eprintln_unless(json: bool, text: &str) {
    if !json {
        eprintln!("{text}");
    }
}

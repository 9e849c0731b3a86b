//! Mail: queued with what it tells of, sent once a server takes it, and nothing secret in between. The server is
//! aiosmtpd.

mod invitations;
mod notices;
mod outbox;
mod server;
mod smtp;

use std::time::Duration;

use signet::directory::{InvitationOutcome, Invitations, Invited, Travel};
use signet::jobs::{self, JobHandles, Jobs, Mailer, Schedule};
use signet::model::Span;

use crate::app::TestApp;
use crate::keys_audit::wait;

pub(crate) use server::MailServer;

/// The job that sends, with short pauses; ends with the value.
pub(crate) struct Sending(Option<JobHandles>);

impl Sending {
    pub(crate) fn of(app: &TestApp<'_>) -> Self {
        let services = &app.services;
        let jobs = Jobs {
            store: services.store.clone(),
            keys: services.keys.clone(),
            audit: services.audit.clone(),
            clock: services.clock.clone(),
            entropy: services.entropy.clone(),
            directory: services.directory.clone(),
            traces: services.traces.clone(),
            checkpoint_file: None,
            logout: None,
            mail: services.smtp.as_ref().map(|smtp| Mailer {
                outbox: services.outbox.clone(),
                smtp: smtp.clone(),
                renderer: services.renderer.clone(),
                account_url: services.site.url("/account"),
            }),
            schedule: Schedule {
                mail: Duration::from_millis(20),
                ..Schedule::default()
            },
        };
        Self(Some(jobs::spawn(jobs).unwrap()))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Some(handles) = self.0.take() {
            wait(handles.stop());
        }
    }
}

fn invite(app: &TestApp<'_>, addresses: &str, travel: Travel) -> Vec<Invited> {
    let invitations = Invitations {
        addresses: addresses.to_owned(),
        groups: Vec::new(),
        lifetime: Span::days(7),
        links_at: app.services.site.url("/invite/"),
        travel,
    };
    let (op, services) = (app.op(), &app.services);
    let together = (&services.credentials, &services.outbox);
    wait(services.directory.invite(&op, together, &invitations)).unwrap()
}

/// The link of an invitation that travels by hand.
fn link(invited: &Invited) -> &str {
    match &invited.outcome {
        InvitationOutcome::Sent {
            link: Some(link), ..
        } => link,
        other => panic!("{other:?}"),
    }
}

/// The path of the link in a mail's text.
fn path_in(text: &str) -> String {
    let line = text.lines().find(|line| line.contains("/invite/"));
    let line = line.expect("a link in the mail").trim();
    line[line.find("/invite/").unwrap()..].to_owned()
}

//! Mail leaves the outbox.

use std::time::{Duration, Instant};

use super::lease::Lease;
use super::{Jobs, Mailer};
use crate::mail::{MailInHand, NotTaken};
use crate::model::{MailState, Timestamp};
use crate::outbound::{OutgoingMail, SmtpError, SmtpSession};
use crate::render::{Language, MailPage};

/// Then the rest of a run waits for the next one.
const LONGEST_RUN: Duration = Duration::from_secs(30);

/// What became of one.
type Sent = (MailInHand, Result<(), NotTaken>);

/// Sends every mail that is due, over one connection as long as it lasts; what no server takes is tried again later.
pub(super) async fn run(jobs: Jobs, lease: Lease) {
    let Some(mailer) = jobs.mail.clone() else {
        return;
    };
    if !lease.take(&jobs).await {
        return;
    }
    let op = jobs.op("mail");
    let due = match mailer.outbox.take(&op).await {
        Ok(due) if due.is_empty() => return,
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "the mail that is to be sent cannot be read; the next run will");
            return;
        }
    };
    let (sender, now) = (mailer.clone(), op.now);
    let sent = tokio::task::spawn_blocking(move || send_all(&sender, due, now)).await;
    let sent = match sent {
        Ok(sent) => sent,
        Err(error) => {
            tracing::error!(%error, "sending mail panicked; what was in hand is tried again later");
            return;
        }
    };
    // The time after sending: a slow server must not be asked again at once.
    let op = jobs.op("mail");
    for (mail, result) in sent {
        let kind = mail.message.kind();
        let outcome = match &result {
            Ok(()) => mailer.outbox.sent(&op, mail).await.map(|()| None),
            Err(why) => {
                let reply = match why {
                    NotTaken::Later(reply) | NotTaken::Never(reply) => reply.clone(),
                };
                let state = mailer.outbox.not_taken(&op, mail, why).await;
                state.map(|state| Some((state, reply)))
            }
        };
        match outcome {
            Ok(None) => {}
            Ok(Some((MailState::Waiting, reply))) => {
                tracing::info!(kind, reply, "a mail was not taken; it is tried again");
            }
            Ok(Some((MailState::Failed, reply))) => {
                tracing::warn!(kind, reply, "a mail was given up");
            }
            Err(error) => {
                tracing::warn!(%error, "what became of a mail cannot be written; it may be sent twice");
            }
        }
    }
}

/// In order. When the server itself fails, the rest is not tried: it waits for the next time.
#[expect(
    clippy::disallowed_methods,
    reason = "how long the run has taken, whatever the clock of the operation says"
)]
fn send_all(mailer: &Mailer, due: Vec<MailInHand>, now: Timestamp) -> Vec<Sent> {
    let begun = Instant::now();
    let mut session = None;
    let mut down: Option<NotTaken> = None;
    let mut done = Vec::with_capacity(due.len());
    for mail in due {
        // A server that is slow at each mail must hold neither the end of the program nor another node.
        if down.is_none() && begun.elapsed() > LONGEST_RUN {
            down = Some(NotTaken::Later(
                "the mail server is slow; the rest waits".to_owned(),
            ));
        }
        let result = match &down {
            Some(why) => Err(why.clone()),
            None => send(mailer, &mut session, &mail, now).map_err(|error| match error {
                SmtpError::Never(reply) => NotTaken::Never(reply),
                SmtpError::Later(reply) => NotTaken::Later(reply),
                SmtpError::Server { .. } => {
                    let why = NotTaken::Later(error.to_string());
                    down = Some(why.clone());
                    why
                }
            }),
        };
        done.push((mail, result));
    }
    if let Some(session) = session {
        session.quit();
    }
    done
}

fn send(
    mailer: &Mailer,
    session: &mut Option<SmtpSession>,
    mail: &MailInHand,
    now: Timestamp,
) -> Result<(), SmtpError> {
    let language = mail.preferred_language();
    let language = Language::negotiate(language.as_deref().unwrap_or_default());
    let page = MailPage::of(&mail.message, mail.display_name(), &mailer.account_url);
    let rendered = mailer
        .renderer
        .render_mail(mail.message.kind(), &page, language)
        .map_err(|error| SmtpError::Later(format!("its template is broken: {error}")))?;
    let outgoing = OutgoingMail {
        id: mail.id().to_owned(),
        at: now,
        name: mail.display_name().to_owned(),
        address: mail.address().to_string(),
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
    };
    let mut dialogue = Vec::new();
    let open = match session.take() {
        Some(open) if !open.is_broken() => open,
        _ => mailer.smtp.open(&mut dialogue)?,
    };
    session.insert(open).send(&outgoing, &mut dialogue)
}

//! Mails: subject, text and HTML of one kind each, by templates that an operator's folder may replace.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::{Language, RenderError, Renderer, texts};
use crate::model::{CredentialChange, MailMessage};

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// Of one line.
    pub subject: String,
    /// The plain form.
    pub text: String,
    /// The same with markup.
    pub html: String,
}

/// What the templates of a mail see.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum MailPage {
    /// A link that works once.
    Link {
        /// To whom.
        name: String,
        /// The link.
        link: String,
        /// Until when it works.
        until: String,
        /// Who invites.
        invited_by: Option<String>,
    },
    /// A change of credentials.
    Notice {
        /// To whom.
        name: String,
        /// What has changed.
        change: CredentialChange,
        /// When.
        at: String,
        /// From where.
        from: Option<String>,
        /// The person's own pages.
        account: String,
    },
    /// A change of an address that is to be confirmed.
    ConfirmAddress {
        /// To whom.
        name: String,
        /// The link.
        link: String,
        /// Until when it works.
        until: String,
        /// The new address.
        new_address: String,
    },
    /// That somebody went on without a second administrator.
    GlassBroken {
        /// To whom.
        name: String,
        /// Who has.
        person: String,
        /// With what.
        change: String,
        /// Why.
        reason: String,
        /// When.
        at: String,
    },
    /// That somebody has used a pass, for those who administer.
    PassUsed {
        /// To whom.
        name: String,
        /// Who has.
        person: String,
        /// When.
        at: String,
        /// From where.
        from: Option<String>,
    },
    /// That mail arrives.
    Test {
        /// To whom.
        name: String,
    },
}

impl MailPage {
    /// A message to somebody; `account` is the address of their own pages.
    pub fn of(message: &MailMessage, name: &str, account: &str) -> Self {
        let name = name.to_owned();
        match message {
            MailMessage::Invitation {
                link,
                expires_at,
                invited_by,
            } => Self::Link {
                name,
                link: link.clone(),
                until: expires_at.to_minute(),
                invited_by: invited_by.clone(),
            },
            MailMessage::NewPassword { link, expires_at } => Self::Link {
                name,
                link: link.clone(),
                until: expires_at.to_minute(),
                invited_by: None,
            },
            MailMessage::ConfirmAddress {
                link,
                expires_at,
                new_address,
                ..
            } => Self::ConfirmAddress {
                name,
                link: link.clone(),
                until: expires_at.to_minute(),
                new_address: new_address.clone(),
            },
            MailMessage::GlassBroken {
                person,
                change,
                reason,
                at,
            } => Self::GlassBroken {
                name,
                person: person.clone(),
                change: change.clone(),
                reason: reason.clone(),
                at: at.to_minute(),
            },
            MailMessage::PassUsed { person, at, from } => Self::PassUsed {
                name,
                person: person.clone(),
                at: at.to_minute(),
                from: from.clone(),
            },
            MailMessage::Notice { change, at, from } => Self::Notice {
                name,
                change: *change,
                at: at.to_minute(),
                from: from.clone(),
                account: account.to_owned(),
            },
        }
    }
}

impl Renderer {
    /// A mail in words; `kind` names its templates.
    ///
    /// # Errors
    /// [`RenderError`] when a template names what the mail has not, or a text that is not there.
    pub fn render_mail(
        &self,
        kind: &str,
        page: &MailPage,
        language: Language,
    ) -> Result<RenderedMail, RenderError> {
        let part = |ending: &str| -> Result<String, RenderError> {
            let template = self
                .environment
                .get_template(&format!("mail/{kind}.{ending}"))?;
            Ok(template.render(context! {
                mail => Serde(page),
                language => language.tag(),
                organisation => self.look.organisation.as_str(),
                is_demo => self.look.is_demo,
                t => texts::function(language),
            })?)
        };
        // A subject is one line, whatever stands in the template or the organisation's name.
        let subject = part("subject")?;
        let subject: Vec<&str> = subject.split_whitespace().collect();
        Ok(RenderedMail {
            subject: subject.join(" "),
            text: part("txt")?,
            html: part("html")?,
        })
    }
}

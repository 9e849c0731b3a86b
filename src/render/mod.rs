//! Pages and their texts: minijinja templates, Fluent texts, the style sheet and the script.
//!
//! Every page is a type; its fields are all that its template sees, and a field that a template names in vain is an error
//! (strict undefined). Everything is escaped. Texts come from Fluent files by key; a missing key is an error, and a test
//! renders every page in every language.

mod account_pages;
mod activity;
mod assets;
mod audit_page;
mod aws_pages;
mod command_line_page;
mod console_pages;
mod details_page;
mod mails;
mod pages;
mod policy_pages;
mod portal_pages;
mod protection_pages;
mod sign_in_pages;
mod texts;
mod trace_pages;

use std::path::{Path, PathBuf};

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

pub use account_pages::*;
pub use activity::{DONE, done};
pub use assets::{Asset, assets};
pub use audit_page::*;
pub use aws_pages::*;
pub use command_line_page::*;
pub use console_pages::*;
pub use details_page::*;
pub use mails::*;
pub use pages::*;
pub use policy_pages::*;
pub use portal_pages::*;
pub use protection_pages::*;
pub use sign_in_pages::*;
pub use texts::{Language, Reader, Theme};
pub use trace_pages::*;

/// Why a page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template, or a text that it names.
    #[error("a page cannot be rendered: {0:#}")]
    Template(#[from] minijinja::Error),
    /// A branding folder.
    #[error("the template {path}: {reason}", path = path.display())]
    Branding {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// A text file of ours.
    #[error("the texts of language {language}: {reason}")]
    Texts {
        /// Which.
        language: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A QR code.
    #[error("a QR code cannot be drawn: {0}")]
    QrCode(String),
}

/// A page, as a handler fills it in.
pub trait Page: Serialize {
    /// Its template.
    const TEMPLATE: &'static str;
}

/// What every page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The organisation's name.
    pub organisation: String,
    /// Whether every page says that it is a demonstration.
    pub is_demo: bool,
}

/// Renders pages.
#[derive(Debug)]
pub struct Renderer {
    environment: Environment<'static>,
    look: Look,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/", $name)))),*]
    };
}

/// Every template, by the path under which a branding folder replaces it.
const TEMPLATES: [(&str, &str); 82] = templates![
    "base.html",
    "card.html",
    "error.html",
    "saml_post.html",
    "form_post.html",
    "signin/consent.html",
    "signin/password.html",
    "signin/code.html",
    "signin/saved_code.html",
    "signin/setup_link.html",
    "signin/link_problem.html",
    "signin/set_password.html",
    "signin/enroll.html",
    "signin/passkey.html",
    "signin/totp_form.html",
    "signin/recovery_codes.html",
    "signin/sign_out.html",
    "signin/signed_out.html",
    "signin/notice.html",
    "signin/denied.html",
    "portal/portal.html",
    "portal/roles.html",
    "portal/command_line.html",
    "account/account.html",
    "account/recovery_codes.html",
    "account/own.html",
    "account/activity.html",
    "account/grants.html",
    "account/look.html",
    "account/new_address.html",
    "account/pass.html",
    "account/confirm_address.html",
    "account/device.html",
    "account/new_device.html",
    "admin/console.html",
    "admin/problem.html",
    "admin/home.html",
    "admin/people.html",
    "admin/invite.html",
    "admin/person.html",
    "admin/leaving.html",
    "admin/group_pick.html",
    "admin/groups.html",
    "admin/details.html",
    "admin/group.html",
    "admin/aws.html",
    "admin/account_fields.html",
    "admin/aws_account.html",
    "admin/permission_set.html",
    "admin/assign.html",
    "admin/roles.html",
    "admin/reach.html",
    "admin/audit.html",
    "admin/portal.html",
    "admin/protection.html",
    "admin/import.html",
    "admin/policies.html",
    "admin/policy_rules.html",
    "admin/traces.html",
    "admin/trace.html",
    "mail/layout.html",
    "mail/invitation.subject",
    "mail/invitation.txt",
    "mail/invitation.html",
    "mail/new_password.subject",
    "mail/new_password.txt",
    "mail/new_password.html",
    "mail/notice.subject",
    "mail/notice.txt",
    "mail/notice.html",
    "mail/confirm_address.subject",
    "mail/confirm_address.txt",
    "mail/confirm_address.html",
    "mail/glass_broken.subject",
    "mail/glass_broken.txt",
    "mail/glass_broken.html",
    "mail/pass_used.subject",
    "mail/pass_used.txt",
    "mail/pass_used.html",
    "mail/test.subject",
    "mail/test.txt",
    "mail/test.html",
];

impl Renderer {
    /// With our templates, each replaced by the one of the same path in the branding folder, if there is one.
    ///
    /// # Errors
    /// [`RenderError`] when a template or a text file is broken.
    pub fn new(look: Look, branding: Option<&Path>) -> Result<Self, RenderError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Subjects and the plain form of mails are text; everything else is HTML, whatever it is called.
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".txt") || name.ends_with(".subject") {
                AutoEscape::None
            } else {
                AutoEscape::Html
            }
        });
        for (name, ours) in TEMPLATES {
            match branding
                .map(|folder| folder.join(name))
                .filter(|path| path.exists())
            {
                None => environment.add_template(name, ours)?,
                Some(path) => {
                    let text =
                        std::fs::read_to_string(&path).map_err(|error| RenderError::Branding {
                            path: path.clone(),
                            reason: error.to_string(),
                        })?;
                    environment.add_template_owned(name, text)?;
                }
            }
        }
        for language in Language::ALL {
            texts::of(language)?;
        }
        Ok(Self { environment, look })
    }

    /// The page's HTML.
    ///
    /// # Errors
    /// [`RenderError`] when the template names what the page has not, or a text that is not there.
    pub fn render<P: Page>(
        &self,
        page: &P,
        reader: impl Into<Reader>,
    ) -> Result<String, RenderError> {
        let Reader {
            language,
            theme,
            nonce,
        } = reader.into();
        let template = self.environment.get_template(P::TEMPLATE)?;
        let file = |name: &str| format!("/static/{}", assets::current(name));
        Ok(template.render(context! {
            page => Serde(page),
            language => language.tag(),
            theme => theme.as_str(),
            nonce => hex::encode(nonce),
            organisation => self.look.organisation.as_str(),
            is_demo => self.look.is_demo,
            style => file("signet.css"),
            script => file("signet.js"),
            icon => file("icon.svg"),
            t => texts::function(language),
        })?)
    }
}

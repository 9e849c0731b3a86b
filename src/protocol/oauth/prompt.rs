//! How the person shall be asked (OpenID Connect core, 3.1.2.1).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One value of `prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Ask nothing: answer now or with an error.
    None,
    /// Ask to sign in again.
    Login,
    /// Ask for consent again.
    Consent,
    /// Ask which account.
    SelectAccount,
}

impl Prompt {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::None, Self::Login, Self::Consent, Self::SelectAccount];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

/// The values of `prompt`; `none` only alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prompts(BTreeSet<Prompt>);

impl Prompts {
    /// Parses the parameter; none where a value is unknown, or `none` stands beside another.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut prompts = BTreeSet::new();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            prompts.insert(Prompt::ALL.into_iter().find(|p| p.as_str() == name)?);
        }
        let contradiction = prompts.contains(&Prompt::None) && prompts.len() > 1;
        (!contradiction).then_some(Self(prompts))
    }

    /// Whether it is asked for.
    pub fn contains(&self, prompt: Prompt) -> bool {
        self.0.contains(&prompt)
    }

    /// Whether none was sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `display`: how the pages shall be shown. Signet's fit all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// A full page.
    Page,
    /// A popup window.
    Popup,
    /// A touch screen.
    Touch,
    /// A feature phone.
    Wap,
}

impl Display {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::Page, Self::Popup, Self::Touch, Self::Wap];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Popup => "popup",
            Self::Touch => "touch",
            Self::Wap => "wap",
        }
    }
}

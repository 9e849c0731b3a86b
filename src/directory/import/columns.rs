//! The columns of an import, the same in both formats.

use super::ImportRow;
use crate::model::Secret;

const NAMES: [&str; 9] = [
    "user_name",
    "email",
    "display_name",
    "given_name",
    "family_name",
    "state",
    "groups",
    "password_hash",
    "totp_secret",
];
const ATTRIBUTES: &str = "attributes.";
/// Below this likeness two words have nothing to do with each other.
const ALIKE: f64 = 0.7;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Named(&'static str),
    /// Of this name.
    Attribute(String),
}

impl Column {
    /// # Errors
    /// Which column was probably meant.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        if let Some(attribute) = name.strip_prefix(ATTRIBUTES).filter(|a| !a.is_empty()) {
            return Ok(Self::Attribute(attribute.to_owned()));
        }
        if let Some(known) = NAMES.iter().find(|known| **known == name) {
            return Ok(Self::Named(known));
        }
        let nearest = NAMES
            .iter()
            .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        Err(match nearest {
            Some((_, known)) => format!("unknown column; did you mean {known}?"),
            None => format!(
                "unknown column; valid: {}, attributes.NAME",
                NAMES.join(", ")
            ),
        })
    }

    /// As it is written in the file.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Named(name) => (*name).to_owned(),
            Self::Attribute(name) => format!("{ATTRIBUTES}{name}"),
        }
    }

    /// Puts a text into its row; an empty one is none.
    pub(super) fn put(&self, row: &mut ImportRow, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        match self {
            Self::Named("user_name") => text.clone_into(&mut row.user_name),
            Self::Named("email") => text.clone_into(&mut row.email),
            Self::Named("display_name") => text.clone_into(&mut row.display_name),
            Self::Named("given_name") => text.clone_into(&mut row.given_name),
            Self::Named("family_name") => text.clone_into(&mut row.family_name),
            Self::Named("state") => text.trim().clone_into(&mut row.state),
            Self::Named("groups") => row.groups.extend(parts(text)),
            Self::Named("password_hash") => {
                row.password_hash = Some(Secret::from_text(text.to_owned()));
            }
            Self::Named(_) => row.totp_secret = Some(Secret::from_text(text.to_owned())),
            Self::Attribute(name) => {
                row.attributes.insert(name.clone(), parts(text).collect());
            }
        }
    }
}

/// `a; b` is two.
fn parts(text: &str) -> impl Iterator<Item = String> {
    text.split(';')
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
}

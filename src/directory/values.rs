//! What a text or an attribute may be, whoever writes it.

use std::collections::BTreeMap;

use super::DirectoryError;

const LONGEST_TEXT: usize = 256;
const MOST_ATTRIBUTES: usize = 64;
const MOST_VALUES: usize = 128;

pub(super) fn check_attributes(
    attributes: &BTreeMap<String, Vec<String>>,
) -> Result<(), DirectoryError> {
    if attributes.len() > MOST_ATTRIBUTES {
        return Err(invalid("attributes", format!("at most {MOST_ATTRIBUTES}")));
    }
    for (name, values) in attributes {
        plain("attributes", name)?;
        if name.is_empty() || values.len() > MOST_VALUES {
            let reason = format!("a name, and at most {MOST_VALUES} values each");
            return Err(invalid("attributes", reason));
        }
        for value in values {
            plain("attributes", value)?;
        }
    }
    Ok(())
}

/// A text that every place it goes to can carry: XML has no control characters, PostgreSQL no NUL.
pub(super) fn plain(field: &'static str, text: &str) -> Result<String, DirectoryError> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(invalid(field, format!("at most {LONGEST_TEXT} characters")));
    }
    if text
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        return Err(invalid(field, "no control characters".to_owned()));
    }
    Ok(text.trim().to_owned())
}

fn invalid(field: &'static str, reason: String) -> DirectoryError {
    DirectoryError::Invalid { field, reason }
}

//! Assignments that a shell evaluates: whatever the value, it stays a value.

use crate::model::InvalidText;

/// Whose syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// sh, bash, zsh (POSIX shell language, 2.2.2: nothing is special between single quotes but the quote).
    Posix,
    /// fish (between single quotes, `\\` and `\'` are escapes and nothing else is).
    Fish,
    /// PowerShell (`about_Quoting_Rules`: between single quotes, a doubled quote is one).
    PowerShell,
}

impl Shell {
    /// A line that sets and exports a variable.
    ///
    /// # Errors
    /// When the name is not one in every shell (letters, digits and `_`, no digit first), or the value has a NUL, which no
    /// environment carries.
    pub fn assignment(self, name: &str, value: &str) -> Result<String, InvalidText> {
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let starts_well = name.starts_with(|c: char| !c.is_ascii_digit());
        if !starts_well || !name.bytes().all(is_name) {
            return Err(InvalidText {
                what: "variable",
                reason: "must be letters, digits and _, without a digit first",
            });
        }
        if value.contains('\0') {
            return Err(InvalidText {
                what: "variable's value",
                reason: "must not have a NUL character",
            });
        }
        let quoted = self.quote(value);
        Ok(match self {
            Self::Posix => format!("export {name}={quoted}"),
            Self::Fish => format!("set -gx {name} {quoted}"),
            Self::PowerShell => format!("$Env:{name} = {quoted}"),
        })
    }

    fn quote(self, value: &str) -> String {
        let mut quoted = String::with_capacity(value.len().saturating_add(2));
        quoted.push('\'');
        for c in value.chars() {
            match (self, c) {
                // Close, an escaped quote, open again.
                (Self::Posix, '\'') => quoted.push_str("'\\''"),
                (Self::Fish, '\'' | '\\') => quoted.extend(['\\', c]),
                // PowerShell takes the typographic quotes for quotes as well.
                (Self::PowerShell, '\'' | '\u{2018}'..='\u{201b}') => quoted.extend([c, c]),
                _ => quoted.push(c),
            }
        }
        quoted.push('\'');
        quoted
    }
}

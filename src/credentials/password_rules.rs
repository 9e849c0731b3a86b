//! Which passwords are taken (NIST SP 800-63B-4, 3.1.1.2): by length, by how soon they are guessed, and by lists of those
//! that others know. No rule of composition, no change by the calendar.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::model::{Secret, User, fold_key};

/// Fewer characters are refused. Beside a second factor eight are the standard's least; where policy is content with one
/// factor, length is all there is.
pub const MINIMUM_LENGTH: usize = 12;
const MAXIMUM_LENGTH: usize = 256;
/// The estimate costs the square of the length, and what is longer is not guessed by what stands behind.
const ESTIMATED: usize = 40;
/// A list of breached passwords has its limits: each costs some thirty octets of memory.
const MOST_LISTED: usize = 5_000_000;

/// Why a password cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Too short.
    #[error(
        "The password needs at least {MINIMUM_LENGTH} characters. Several words are easier to remember."
    )]
    TooShort,
    /// Too long to be typed.
    #[error("The password has more than {MAXIMUM_LENGTH} characters.")]
    TooLong,
    /// One's own name.
    #[error("The password must not be your name or address.")]
    OwnName,
    /// Found soon by whoever guesses in the order of what people choose.
    #[error("The password is too easy to guess. Add a word or two that nobody expects.")]
    TooSimple,
    /// On the operator's list.
    #[error("The password is on the list of those that are not allowed. Choose another one.")]
    Breached,
}

/// The operator's list of passwords that others know: their digests, cut to 64 bits, so that the passwords themselves
/// are nowhere in memory.
#[derive(Debug, Default)]
pub struct Blocklist(HashSet<u64>);

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BlocklistError {
    /// The file.
    #[error("{path}: {reason}; it must hold one password a line, in UTF-8", path = path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// The system's words.
        reason: std::io::Error,
    },
    /// Too many.
    #[error("more than {MOST_LISTED} lines; take the most frequent ones")]
    TooLong,
}

impl Blocklist {
    /// Reads a file with one password a line.
    ///
    /// # Errors
    /// [`BlocklistError`].
    pub fn read(path: &Path) -> Result<Self, BlocklistError> {
        let mut listed = HashSet::new();
        let unreadable = |reason| BlocklistError::Unreadable {
            path: path.to_owned(),
            reason,
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(unreadable)?;
            if line.is_empty() {
                continue;
            }
            if listed.len() == MOST_LISTED {
                return Err(BlocklistError::TooLong);
            }
            listed.insert(code(&line));
        }
        Ok(Self(listed))
    }

    /// The whole password is looked for, whatever its case.
    fn has(&self, password: &str) -> bool {
        self.0.contains(&code(password))
    }
}

fn code(password: &str) -> u64 {
    let normal: String = password.nfc().collect();
    let digest = digest(&SHA256, normal.to_lowercase().as_bytes());
    let octets = digest.as_ref().iter().take(8);
    octets.fold(0, |code, octet| (code << 8) | u64::from(*octet))
}

/// Whether a password is taken, but for how soon it is guessed ([`is_guessed_soon`]).
///
/// # Errors
/// The first rule that it breaks; the person is told which.
pub(super) fn check(
    password: &Secret,
    user: Option<&User>,
    blocklist: &Blocklist,
) -> Result<(), PasswordProblem> {
    let text = password
        .expose_text()
        .map_err(|_| PasswordProblem::TooSimple)?;
    let length = text.chars().count();
    if length < MINIMUM_LENGTH {
        return Err(PasswordProblem::TooShort);
    }
    if length > MAXIMUM_LENGTH {
        return Err(PasswordProblem::TooLong);
    }
    let names = names_of(user);
    if names.iter().any(|name| fold_key(name) == fold_key(text)) {
        return Err(PasswordProblem::OwnName);
    }
    if blocklist.has(text) {
        return Err(PasswordProblem::Breached);
    }
    Ok(())
}

/// What others know of a person.
pub(super) fn names_of(user: Option<&User>) -> Vec<String> {
    user.map_or_else(Vec::new, |user| {
        vec![
            user.user_name.to_string(),
            user.email.to_string(),
            user.display_name.clone(),
        ]
    })
}

/// Whether it is found within 10^8 guesses by whoever guesses in the order of what people choose, and knows this person's
/// names, whole and in their parts. With our hash more than that takes years.
pub(super) fn is_guessed_soon(password: &str, names: &[String]) -> bool {
    let estimated: String = password.chars().take(ESTIMATED).collect();
    let parts = names
        .iter()
        .flat_map(|name| name.split(|c: char| !c.is_alphanumeric()));
    let known: Vec<&str> = names.iter().map(String::as_str).chain(parts).collect();
    zxcvbn(&estimated, &known).score() < Score::Three
}

//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::PathBuf;

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A line of the configuration file, counted from 1.
    Line(PathBuf, usize),
    /// A variable of the environment.
    Variable(String),
    /// Nowhere: it was left out of this file.
    Default(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Default(path) => write!(f, "{}", path.display()),
        }
    }
}

/// The first mistake of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path} cannot be read: {reason}. Name another with --config, or make one with `signet init`", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{place}: not TOML: {reason}")]
    Syntax {
        /// Where.
        place: Place,
        /// The parser's words.
        reason: String,
    },
    /// There is no such setting.
    #[error("{place}: unknown key {key}; {hint}")]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key as written, with its section.
        key: String,
        /// The nearest valid key, or the valid ones.
        hint: String,
    },
    /// There is no setting for this variable.
    #[error("unknown environment variable {name}; {hint}")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// The nearest valid variable.
        hint: String,
    },
    /// One value was given twice in the environment.
    #[error("{name} and {name}_FILE are both set; unset one of them")]
    GivenTwice {
        /// The shorter variable.
        name: String,
    },
    /// The value breaks a rule of its key. Never repeats the value: it may hold a password.
    #[error("{place}: {key}: {reason}")]
    Value {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// What is wrong and what to write.
        reason: String,
    },
    /// A setting without a default is missing.
    #[error("{path}: {key} is missing; write for example: {example}", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// A line that would do.
        example: &'static str,
    },
}

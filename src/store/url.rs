//! Which database: the text of `database.url` made into a type.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite::memory:`: gone when the store is closed. For tests.
    SqliteMemory,
    /// `sqlite:path/to/file`.
    SqliteFile(PathBuf),
    /// `postgres://user:password@host/database`, kept whole: it may hold a password.
    Postgres(String),
}

/// Why a text is not a [`DatabaseUrl`]. The messages never repeat the text: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Another scheme, or none.
    #[error("write sqlite:PATH, sqlite::memory: or postgres://USER@HOST/DATABASE")]
    Scheme,
    /// `sqlite:` alone.
    #[error("sqlite: needs the path of the database file, as in sqlite:data/signet.db")]
    NoPath,
    /// `sqlite://..` and `sqlite:file:..`, which other programs read as URLs with a host or parameters.
    #[error("write the path right after sqlite:, as in sqlite:/var/lib/signet/signet.db")]
    NotAPath,
    /// What `postgres` itself refuses, such as an unknown parameter.
    #[error("write postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require")]
    Postgres,
}

impl DatabaseUrl {
    /// Reads a `database.url`.
    ///
    /// # Errors
    /// When it is of no known form; the message says which forms there are.
    pub fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            super::postgres::check_url(text).map_err(|_| DatabaseUrlError::Postgres)?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            None => Err(DatabaseUrlError::Scheme),
            Some("") => Err(DatabaseUrlError::NoPath),
            Some(":memory:") => Ok(Self::SqliteMemory),
            Some(path) if path.starts_with("//") || path.starts_with("file:") => {
                Err(DatabaseUrlError::NotAPath)
            }
            Some(path) => Ok(Self::SqliteFile(PathBuf::from(path))),
        }
    }

    /// The same with a relative path starting at `folder`, the configuration file's.
    #[must_use]
    pub fn relative_to(self, folder: &Path) -> Self {
        match self {
            Self::SqliteFile(path) => Self::SqliteFile(folder.join(path)),
            other => other,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Without user, password and parameters.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SqliteMemory => f.write_str("sqlite::memory:"),
            Self::SqliteFile(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let rest = rest.split_once('?').map_or(rest, |(place, _)| place);
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "postgres://{place}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

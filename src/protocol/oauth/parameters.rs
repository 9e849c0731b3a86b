//! Parameters of a request: each at most once, bounded, without control characters.

/// Why a parameter was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// It must be there.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// Twice: which of the two would the next component read (RFC 6749, section 3.1)?
    #[error("the parameter {0} is there more than once")]
    Repeated(&'static str),
    /// Too long.
    #[error("the parameter {name} has more than {max} bytes")]
    TooLong {
        /// Which.
        name: &'static str,
        /// The limit.
        max: usize,
    },
    /// Line breaks and other control characters, which browsers change in forms and logs read as lines.
    #[error("the parameter {0} has a control character")]
    ControlCharacter(&'static str),
    /// Too many of those that may be repeated.
    #[error("the parameter {name} is there more than {max} times")]
    TooMany {
        /// Which.
        name: &'static str,
        /// The limit.
        max: usize,
    },
}

/// The parameters of one request, decoded. Unknown ones are ignored (RFC 6749, section 3.1); one without a value counts as
/// absent, but counts when repeated.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'p> {
    pairs: &'p [(String, String)],
}

impl<'p> Parameters<'p> {
    pub(super) fn new(pairs: &'p [(String, String)]) -> Self {
        Self { pairs }
    }

    /// The parameter, if it is there.
    pub(super) fn one(
        self,
        name: &'static str,
        max: usize,
    ) -> Result<Option<&'p str>, ParameterError> {
        let mut values = self.values(name);
        let (first, second) = (values.next(), values.next());
        if second.is_some() {
            return Err(ParameterError::Repeated(name));
        }
        match first {
            None | Some("") => Ok(None),
            Some(value) => check_value(name, value, max).map(Some),
        }
    }

    /// The parameter, which must be there.
    pub(super) fn required(
        self,
        name: &'static str,
        max: usize,
    ) -> Result<&'p str, ParameterError> {
        self.one(name, max)?.ok_or(ParameterError::Missing(name))
    }

    /// A parameter that may be repeated.
    pub(super) fn all(
        self,
        name: &'static str,
        max: usize,
        count: usize,
    ) -> Result<Vec<&'p str>, ParameterError> {
        let values: Vec<&str> = self
            .values(name)
            .filter(|value| !value.is_empty())
            .collect();
        if values.len() > count {
            return Err(ParameterError::TooMany { name, max: count });
        }
        values
            .into_iter()
            .map(|value| check_value(name, value, max))
            .collect()
    }

    fn values(self, name: &'static str) -> impl Iterator<Item = &'p str> {
        self.pairs
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

fn check_value<'v>(
    name: &'static str,
    value: &'v str,
    max: usize,
) -> Result<&'v str, ParameterError> {
    if value.len() > max {
        return Err(ParameterError::TooLong { name, max });
    }
    if value.chars().any(char::is_control) {
        return Err(ParameterError::ControlCharacter(name));
    }
    Ok(value)
}

/// The most octets of a client's id.
pub(super) const MAX_CLIENT_ID: usize = 255;
/// The most octets of a URI.
pub(super) const MAX_URI: usize = 2_048;
/// The most octets of `state`: clients keep whole pages of their own in it.
pub(super) const MAX_STATE: usize = 4_096;
/// The most octets of a secret, a code or an opaque token.
pub(super) const MAX_SECRET: usize = 1_024;
/// The most octets of `scope`.
pub(super) const MAX_SCOPE: usize = 2_048;

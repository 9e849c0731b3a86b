//! From a given value to one of a type and range.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use toml::de::DeValue;

use super::error::{ConfigError, Place};
use super::source::{Given, Source};

/// The longest name that is shown to people.
const LONGEST_TEXT: usize = 200;

impl Source<'_> {
    /// A text of one line.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, ConfigError> {
        let Some(given) = self.get(key) else {
            return Ok(None);
        };
        let DeValue::String(text) = &given.value else {
            return Err(given.refuse(key, "must be a text in quotation marks"));
        };
        if text.trim().is_empty() || text.chars().any(char::is_control) {
            return Err(given.refuse(key, "must be one line of text, not empty"));
        }
        Ok(Some(text.clone().into_owned()))
    }

    /// A text for people's eyes.
    pub(super) fn name(&self, key: &str) -> Result<Option<String>, ConfigError> {
        let name = self.text(key)?;
        if name
            .as_ref()
            .is_some_and(|n| n.chars().count() > LONGEST_TEXT)
        {
            return Err(self.refuse(key, &format!("must have at most {LONGEST_TEXT} characters")));
        }
        Ok(name)
    }

    /// A path; a relative one starts at the configuration file's folder.
    pub(super) fn path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        Ok(self.text(key)?.map(|text| self.folder.join(text)))
    }

    /// A whole number in a range.
    pub(super) fn number(
        &self,
        key: &str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, ConfigError> {
        let Some(given) = self.get(key) else {
            return Ok(None);
        };
        let number = match (&given.value, &given.place) {
            (DeValue::Integer(integer), _) => {
                u32::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            (DeValue::String(text), Place::Variable(_)) => text.parse().ok(),
            _ => None,
        };
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(given.refuse(
                key,
                &format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                ),
            )),
        }
    }

    /// A list of texts; in the environment also separated by commas.
    pub(super) fn list(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let Some(given) = self.get(key) else {
            return Ok(Vec::new());
        };
        match (&given.value, &given.place) {
            (DeValue::Array(_), _) => texts(&given.value)
                .ok_or_else(|| given.refuse(key, "must be a list of texts, as in [\"a\", \"b\"]")),
            (DeValue::String(text), Place::Variable(_)) => {
                let items = text.split(',').map(str::trim);
                Ok(items.filter(|i| !i.is_empty()).map(str::to_owned).collect())
            }
            _ => Err(given.refuse(key, "must be a list of texts, as in [\"a\", \"b\"]")),
        }
    }

    /// The error of a key's value.
    pub(super) fn refuse(&self, key: &str, reason: &str) -> ConfigError {
        match self.get(key) {
            Some(given) => given.refuse(key, reason),
            None => ConfigError::Value {
                place: Place::Default(self.file.clone()),
                key: key.to_owned(),
                reason: reason.to_owned(),
            },
        }
    }
}

impl Given<'_> {
    pub(super) fn refuse(&self, key: &str, reason: &str) -> ConfigError {
        ConfigError::Value {
            place: self.place.clone(),
            key: key.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// The texts of an array of nothing else.
pub(super) fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    let DeValue::Array(items) = value else {
        return None;
    };
    items
        .iter()
        .map(|item| match item.get_ref() {
            DeValue::String(text) => Some(text.clone().into_owned()),
            _ => None,
        })
        .collect()
}

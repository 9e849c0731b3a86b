//! The settings as given: the file's, with the environment's over them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Place};
use super::known;

pub(super) const VARIABLE_PREFIX: &str = "SIGNET_";
const FILE_SUFFIX: &str = "_FILE";

/// A setting that the environment gives.
pub(super) struct Variable {
    name: String,
    key: &'static str,
    value: String,
}

/// A value and where it stands.
pub(super) struct Given<'a> {
    pub(super) value: DeValue<'a>,
    pub(super) place: Place,
}

/// The settings by key.
pub(super) struct Source<'a> {
    pub(super) file: PathBuf,
    pub(super) folder: PathBuf,
    text: &'a str,
    given: BTreeMap<&'static str, Given<'a>>,
}

impl<'a> Source<'a> {
    pub(super) fn read(
        file: &Path,
        folder: &Path,
        text: &'a str,
        variables: &'a [Variable],
    ) -> Result<Self, ConfigError> {
        let mut source = Self {
            file: file.to_owned(),
            folder: folder.to_owned(),
            text,
            given: BTreeMap::new(),
        };
        let table = DeTable::parse(text).map_err(|e| ConfigError::Syntax {
            place: source.line(e.span().map_or(0, |span| span.start)),
            reason: e.message().to_owned(),
        })?;
        for (key, value) in table.into_inner() {
            source.take(&key, value)?;
        }
        for variable in variables {
            source.overlay(variable)?;
        }
        Ok(source)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Given<'a>> {
        self.given.get(key)
    }

    /// Where every given setting stands.
    pub(super) fn places(&self) -> Vec<(&'static str, Place)> {
        self.given
            .iter()
            .map(|(key, given)| (*key, given.place.clone()))
            .collect()
    }

    /// The line of an octet of the file.
    pub(super) fn line(&self, offset: usize) -> Place {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        let breaks = before.iter().filter(|b| **b == b'\n').count();
        Place::Line(self.file.clone(), breaks.saturating_add(1))
    }

    fn take(
        &mut self,
        key: &Spanned<Cow<'a, str>>,
        value: Spanned<DeValue<'a>>,
    ) -> Result<(), ConfigError> {
        let name = key.get_ref().as_ref();
        if !known::is_section(name) {
            return self.put(name, key.span().start, value);
        }
        match value.into_inner() {
            DeValue::Table(table) => {
                for (inner, value) in table {
                    let full = format!("{name}.{}", inner.get_ref());
                    self.put(&full, inner.span().start, value)?;
                }
                Ok(())
            }
            _ => Err(ConfigError::Value {
                place: self.line(key.span().start),
                key: name.to_owned(),
                reason: format!(
                    "is a section: write [{name}] on a line of its own, its keys below"
                ),
            }),
        }
    }

    fn put(
        &mut self,
        name: &str,
        offset: usize,
        value: Spanned<DeValue<'a>>,
    ) -> Result<(), ConfigError> {
        let place = self.line(offset);
        let Some(key) = known::key(name) else {
            return Err(ConfigError::UnknownKey {
                place,
                key: name.to_owned(),
                hint: known::key_hint(name),
            });
        };
        let value = value.into_inner();
        self.given.insert(key, Given { value, place });
        Ok(())
    }

    /// The environment's word replaces the file's. A text in brackets is a TOML array; numbers are read by whoever
    /// wants one.
    fn overlay(&mut self, variable: &'a Variable) -> Result<(), ConfigError> {
        let place = Place::Variable(variable.name.clone());
        let value = if variable.value.starts_with('[') {
            let parsed = DeValue::parse(&variable.value).map_err(|e| ConfigError::Syntax {
                place: place.clone(),
                reason: e.message().to_owned(),
            })?;
            parsed.into_inner()
        } else {
            DeValue::String(Cow::Borrowed(&variable.value))
        };
        self.given.insert(variable.key, Given { value, place });
        Ok(())
    }
}

/// The variable of a key.
fn variable_name(key: &str) -> String {
    let upper = key.to_ascii_uppercase().replace('.', "__");
    format!("{VARIABLE_PREFIX}{upper}")
}

/// The settings of the environment, `.._FILE` read.
pub(super) fn variables(
    environment: &[(String, String)],
    folder: &Path,
) -> Result<Vec<Variable>, ConfigError> {
    let mut found: Vec<Variable> = Vec::new();
    for (name, value) in environment {
        let Some((key, from_file)) = setting(name)? else {
            continue;
        };
        if found.iter().any(|earlier| earlier.key == key) {
            return Err(ConfigError::GivenTwice {
                name: variable_name(key),
            });
        }
        let value = if from_file {
            read_value(name, key, &folder.join(value))?
        } else {
            value.clone()
        };
        found.push(Variable {
            name: name.clone(),
            key,
            value,
        });
    }
    Ok(found)
}

/// Which key a variable sets, and whether it names a file. A variable that is nearly one of ours is a mistake, and so
/// is every one with the double underscore of a section; others that begin with `SIGNET_` may be somebody else's.
fn setting(name: &str) -> Result<Option<(&'static str, bool)>, ConfigError> {
    let Some(rest) = name.strip_prefix(VARIABLE_PREFIX) else {
        return Ok(None);
    };
    let by_name = |wanted: &str| {
        known::KEYS
            .into_iter()
            .find(|key| variable_name(key) == wanted)
    };
    if let Some(key) = by_name(name) {
        return Ok(Some((key, false)));
    }
    if let Some(key) = name.strip_suffix(FILE_SUFFIX).and_then(by_name) {
        return Ok(Some((key, true)));
    }
    let valid: Vec<String> = known::KEYS.into_iter().map(variable_name).collect();
    let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
    let plain = name.strip_suffix(FILE_SUFFIX).unwrap_or(name);
    if rest.contains("__") || known::nearest(plain, &valid).is_some() {
        return Err(ConfigError::UnknownVariable {
            name: name.to_owned(),
            hint: known::hint(plain, &valid),
        });
    }
    Ok(None)
}

/// The one line of a file that a secret's mount brings; the line's end is not part of the value.
fn read_value(name: &str, key: &str, path: &Path) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|e| ConfigError::Value {
        place: Place::Variable(name.to_owned()),
        key: key.to_owned(),
        reason: format!("{} cannot be read: {e}", path.display()),
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

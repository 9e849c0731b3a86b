//! What is personal in an event, and its sealing under the person's own key.
//!
//! In JSON a personal value is an object of two members: `$person`, the random id of whose it is, and `$open` with the
//! value or `$sealed` with its ciphertext; after erasure, `$person` alone. Records hold no `$open`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AuditError, FieldCipher, canonical};
use crate::entropy::Entropy;
use crate::model::UserId;

const PERSON: &str = "$person";
const OPEN: &str = "$open";
const SEALED: &str = "$sealed";

/// A value that says something about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "Form<T>",
    into = "Form<T>",
    bound(
        serialize = "T: Serialize + Clone",
        deserialize = "T: Deserialize<'de>"
    )
)]
pub enum Personal<T> {
    /// Readable: before it is recorded, or opened with the person's key.
    Open {
        /// Whose.
        of: UserId,
        /// The value.
        value: T,
    },
    /// As it stands in a record.
    Sealed {
        /// Whose.
        of: UserId,
        /// The ciphertext.
        text: String,
    },
    /// Recorded after the person's key was destroyed: nothing was kept.
    Erased {
        /// Whose.
        of: UserId,
    },
}

impl<T> Personal<T> {
    /// A value of this person.
    pub fn new(of: &UserId, value: T) -> Self {
        Self::Open {
            of: of.clone(),
            value,
        }
    }

    /// The value, when it can be read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Open { value, .. } => Some(value),
            Self::Sealed { .. } | Self::Erased { .. } => None,
        }
    }

    /// Whose it is.
    pub fn of(&self) -> &UserId {
        match self {
            Self::Open { of, .. } | Self::Sealed { of, .. } | Self::Erased { of } => of,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Form<T> {
    #[serde(rename = "$person")]
    person: UserId,
    #[serde(
        rename = "$open",
        default = "none",
        skip_serializing_if = "Option::is_none"
    )]
    open: Option<T>,
    #[serde(rename = "$sealed", default, skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> From<Form<T>> for Personal<T> {
    fn from(form: Form<T>) -> Self {
        let of = form.person;
        match (form.open, form.sealed) {
            (Some(value), _) => Self::Open { of, value },
            (None, Some(text)) => Self::Sealed { of, text },
            (None, None) => Self::Erased { of },
        }
    }
}

impl<T> From<Personal<T>> for Form<T> {
    fn from(personal: Personal<T>) -> Self {
        let (person, open, sealed) = match personal {
            Personal::Open { of, value } => (of, Some(value), None),
            Personal::Sealed { of, text } => (of, None, Some(text)),
            Personal::Erased { of } => (of, None, None),
        };
        Self {
            person,
            open,
            sealed,
        }
    }
}

/// The keys at hand; none for a person whose key is destroyed.
pub(super) type Ciphers = BTreeMap<UserId, Option<Arc<dyn FieldCipher>>>;

fn person_of(members: &Map<String, Value>, other: &str) -> Option<UserId> {
    if members.len() != 2 || !members.contains_key(other) {
        return None;
    }
    UserId::parse(members.get(PERSON)?.as_str()?).ok()
}

/// Whose personal values stand in `value`.
pub(super) fn people(value: &Value) -> BTreeSet<UserId> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<UserId>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            let person = person_of(members, OPEN).or_else(|| person_of(members, SEALED));
            match person {
                Some(person) => {
                    found.insert(person);
                }
                None => members.values().for_each(|member| collect(member, found)),
            }
        }
        _ => {}
    }
}

/// Where a field stands: in which event, and where in it. It is associated data of the sealing, so that a field that is
/// moved to another event, or within one, does not open.
struct Path<'a> {
    event_id: &'a str,
    members: Vec<String>,
}

impl Path<'_> {
    fn place(&self) -> String {
        format!("{}|{}", self.event_id, self.members.join("/"))
    }
}

/// Seals every open personal value.
pub(super) fn seal(
    value: &mut Value,
    event_id: &str,
    ciphers: &Ciphers,
    entropy: &Entropy,
) -> Result<(), AuditError> {
    let mut path = Path {
        event_id,
        members: Vec::new(),
    };
    walk(value, &mut path, &mut |members, path| {
        let Some(person) = person_of(members, OPEN) else {
            return Ok(false);
        };
        let plain = members.remove(OPEN).unwrap_or(Value::Null);
        if let Some(cipher) = ciphers
            .get(&person)
            .ok_or_else(|| AuditError::UnknownPerson(person.clone()))?
        {
            let plain = zeroize::Zeroizing::new(canonical::to_text(&plain)?);
            let text = cipher.seal(entropy, &path.place(), plain.as_bytes())?;
            members.insert(SEALED.to_owned(), Value::String(text));
        }
        Ok(true)
    })
}

/// Opens every sealed personal value whose key is at hand; leaves the others as they are.
pub(super) fn open(value: &mut Value, event_id: &str, ciphers: &Ciphers) -> Result<(), AuditError> {
    let mut path = Path {
        event_id,
        members: Vec::new(),
    };
    walk(value, &mut path, &mut |members, path| {
        let Some(person) = person_of(members, SEALED) else {
            return Ok(false);
        };
        let text = members.get(SEALED).and_then(Value::as_str);
        let (Some(text), Some(Some(cipher))) = (text, ciphers.get(&person)) else {
            return Ok(true);
        };
        let opened = cipher
            .open(&path.place(), text)
            .ok()
            .and_then(|plain| serde_json::from_slice(plain.expose()).ok());
        if let Some(opened) = opened {
            members.remove(SEALED);
            members.insert(OPEN.to_owned(), opened);
        }
        Ok(true)
    })
}

/// Calls `visit` for every object from the outside in; where it answers true, what lies inside is left alone.
fn walk<F>(value: &mut Value, path: &mut Path<'_>, visit: &mut F) -> Result<(), AuditError>
where
    F: FnMut(&mut Map<String, Value>, &Path<'_>) -> Result<bool, AuditError>,
{
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.members.push(index.to_string());
                walk(item, path, visit)?;
                path.members.pop();
            }
        }
        Value::Object(members) => {
            if visit(members, path)? {
                return Ok(());
            }
            for (name, member) in members.iter_mut() {
                path.members.push(name.clone());
                walk(member, path, visit)?;
                path.members.pop();
            }
        }
        _ => {}
    }
    Ok(())
}

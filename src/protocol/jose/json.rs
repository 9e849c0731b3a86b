//! JSON objects from others: one meaning each. A member twice is refused at every depth, because parsers differ in
//! which of the two they keep (RFC 8725, section 2.4; RFC 7515, section 4 allows the refusal).

use std::collections::HashSet;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text is no JSON object that Signet reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// No JSON, not an object, or nested too deeply.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A member twice in an object.
    #[error("an object in it has the same member twice")]
    RepeatedMember,
}

/// Reads one JSON object in UTF-8. The caller has bounded its size; its depth is bounded by the parser (128).
///
/// # Errors
/// [`JsonError`] when it is no object, or has a member twice.
pub fn parse_object(json: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let object = serde_json::from_slice(json).map_err(|_| JsonError::NotAnObject)?;
    match serde_json::from_slice::<Unambiguous>(json) {
        Ok(Unambiguous) => Ok(object),
        Err(_) => Err(JsonError::RepeatedMember),
    }
}

/// Any JSON without repeated members; its values are dropped.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Unambiguous;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON without repeated members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unambiguous, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !seen.insert(name) {
                return Err(A::Error::custom("a member is repeated"));
            }
            map.next_value::<Unambiguous>()?;
        }
        Ok(Unambiguous)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Unambiguous, A::Error> {
        while seq.next_element::<Unambiguous>()?.is_some() {}
        Ok(Unambiguous)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_unit<E: Error>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }
}

//! The `claims` parameter (OpenID Connect core, 5.5).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::protocol::jose::{JsonError, parse_object};

/// The most octets of the parameter.
pub(super) const MAX_CLAIMS_REQUEST: usize = 8 * 1024;
/// The most claims that are asked for at one place.
const MAX_CLAIMS: usize = 64;

/// Why the parameter was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsRequestError {
    /// Not JSON.
    #[error("claims cannot be read: {0}")]
    Json(#[from] JsonError),
    /// A part is not an object, or has too many members.
    #[error("in claims, {0} must be an object of at most {MAX_CLAIMS} claims")]
    Part(&'static str),
    /// A claim's request is of another form.
    #[error(
        "in claims, each claim is null or an object, whose essential is true or false and whose values is an array"
    )]
    Claim,
}

/// How one claim is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedClaim {
    /// Whether the client cannot go on well without it. It is still no error to leave it out, but for `acr` and `sub`.
    #[serde(default)]
    pub essential: bool,
    /// The one value that is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values that are wanted, in order of preference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

impl RequestedClaim {
    /// Whether a value is as wanted; any is, where none was named.
    pub fn accepts(&self, value: &Value) -> bool {
        let any = self.value.is_none() && self.values.is_empty();
        any || self.value.as_ref() == Some(value) || self.values.contains(value)
    }
}

/// Claims that are asked for one by one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// To be in the answer of the userinfo endpoint.
    #[serde(default)]
    pub userinfo: BTreeMap<String, RequestedClaim>,
    /// To be in the ID token.
    #[serde(default)]
    pub id_token: BTreeMap<String, RequestedClaim>,
}

impl ClaimsRequest {
    /// Parses the parameter. Members that Signet does not know are ignored (OpenID Connect core, 5.5 and 5.5.1).
    ///
    /// # Errors
    /// [`ClaimsRequestError`].
    pub fn parse(json: &str) -> Result<Self, ClaimsRequestError> {
        let object = parse_object(json.as_bytes())?;
        Ok(Self {
            userinfo: read_part(&object, "userinfo")?,
            id_token: read_part(&object, "id_token")?,
        })
    }

    /// The names that are asked for in the userinfo answer.
    pub fn userinfo_names(&self) -> BTreeSet<&str> {
        self.userinfo.keys().map(String::as_str).collect()
    }

    /// The names that are asked for in the ID token.
    pub fn id_token_names(&self) -> BTreeSet<&str> {
        self.id_token.keys().map(String::as_str).collect()
    }
}

fn read_part(
    object: &Map<String, Value>,
    part: &'static str,
) -> Result<BTreeMap<String, RequestedClaim>, ClaimsRequestError> {
    match object.get(part) {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(claims)) if claims.len() <= MAX_CLAIMS => claims
            .iter()
            .map(|(name, request)| Ok((name.clone(), read_claim(request)?)))
            .collect(),
        Some(_) => Err(ClaimsRequestError::Part(part)),
    }
}

fn read_claim(request: &Value) -> Result<RequestedClaim, ClaimsRequestError> {
    let object = match request {
        Value::Null => return Ok(RequestedClaim::default()),
        Value::Object(object) => object,
        _ => return Err(ClaimsRequestError::Claim),
    };
    let essential = match object.get("essential") {
        None => false,
        Some(value) => value.as_bool().ok_or(ClaimsRequestError::Claim)?,
    };
    let values = match object.get("values") {
        None => Vec::new(),
        Some(Value::Array(values)) => values.clone(),
        Some(_) => return Err(ClaimsRequestError::Claim),
    };
    Ok(RequestedClaim {
        essential,
        value: object.get("value").cloned(),
        values,
    })
}

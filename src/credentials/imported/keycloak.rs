//! Keycloak's export of a password credential: two JSON texts, `secretData` (salt and value) and `credentialData`
//! (algorithm, iterations, and for Argon2 the further parameters).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{HashProblem, malformed};

const KEYCLOAK: &str = "Keycloak";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecretData {
    value: String,
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialData {
    hash_iterations: u32,
    algorithm: String,
    #[serde(default)]
    additional_parameters: BTreeMap<String, Vec<String>>,
}

impl CredentialData {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.additional_parameters
            .get(name)
            .and_then(|values| values.first())
            .map(String::as_str)
    }
}

/// The PHC text of the same hash. None when the text is no JSON object.
pub(super) fn to_phc(text: &str) -> Result<Option<String>, HashProblem> {
    let Ok(Value::Object(members)) = serde_json::from_str::<Value>(text) else {
        return Ok(None);
    };
    let wrong = || malformed(KEYCLOAK, "it must have secretData and credentialData");
    let secret: SecretData = part(members.get("secretData")).ok_or_else(wrong)?;
    let data: CredentialData = part(members.get("credentialData")).ok_or_else(wrong)?;
    let (salt, value) = (unpadded(&secret.salt), unpadded(&secret.value));
    let iterations = data.hash_iterations;
    let digest = match data.algorithm.as_str() {
        "pbkdf2" => "sha1",
        "pbkdf2-sha256" => "sha256",
        "pbkdf2-sha512" => "sha512",
        "argon2" => return argon2(&data, salt, value).map(Some),
        _ => {
            let what = "a Keycloak hash of another algorithm than pbkdf2, pbkdf2-sha256, pbkdf2-sha512 and argon2";
            return Err(HashProblem::NotTaken(what));
        }
    };
    Ok(Some(format!(
        "$pbkdf2-{digest}$i={iterations}${salt}${value}"
    )))
}

fn argon2(data: &CredentialData, salt: &str, value: &str) -> Result<String, HashProblem> {
    let wrong = || malformed(KEYCLOAK, "its Argon2 parameters are not whole");
    let name = match data.parameter("type").ok_or_else(wrong)? {
        "id" => "argon2id",
        "i" => "argon2i",
        _ => {
            return Err(HashProblem::NotTaken(
                "argon2d, which is not made for passwords,",
            ));
        }
    };
    let version = match data.parameter("version").ok_or_else(wrong)? {
        "1.3" => 19,
        "1.0" => 16,
        _ => return Err(wrong()),
    };
    let number = |name| {
        data.parameter(name)
            .and_then(|text| text.parse::<u32>().ok())
            .ok_or_else(wrong)
    };
    Ok(format!(
        "${name}$v={version}$m={},t={},p={}${salt}${value}",
        number("memory")?,
        data.hash_iterations,
        number("parallelism")?
    ))
}

/// As an object, or, as Keycloak writes it, as a text that holds one.
fn part<T: for<'de> Deserialize<'de>>(value: Option<&Value>) -> Option<T> {
    match value? {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => T::deserialize(other).ok(),
    }
}

fn unpadded(text: &str) -> &str {
    text.trim_end_matches('=')
}

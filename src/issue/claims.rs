//! What a client is told of a person.

use std::collections::BTreeSet;

use serde_json::Value;

use super::release;
use crate::access::Known;
use crate::model::{Client, Factor, SatisfiedFactor};
use crate::protocol::oauth::{AddressClaim, ReleasedClaims, StandardClaims};

/// The standard claims of a person (OpenID Connect core, 5.1), from the same values that SAML releases. What has no field
/// of its own is an attribute of the claim's name; nobody has verified addresses and numbers but an administrator.
pub(super) fn standard(known: &Known) -> StandardClaims {
    let one = |source: &str| release::values(known, source).into_iter().next();
    let attribute = |name: &str| one(&format!("attributes.{name}"));
    let address = AddressClaim {
        formatted: attribute("formatted_address"),
        street_address: attribute("street_address"),
        locality: attribute("locality"),
        region: attribute("region"),
        postal_code: attribute("postal_code"),
        country: attribute("country"),
    };
    StandardClaims {
        name: one("display_name"),
        given_name: one("given_name"),
        family_name: one("family_name"),
        middle_name: attribute("middle_name"),
        nickname: attribute("nickname"),
        preferred_username: one("user_name"),
        profile: attribute("profile"),
        picture: attribute("picture"),
        website: attribute("website"),
        email: one("email"),
        email_verified: one("email").map(|_| true),
        gender: attribute("gender"),
        birthdate: attribute("birthdate"),
        zoneinfo: attribute("zoneinfo"),
        locale: attribute("locale"),
        phone_number: attribute("phone_number"),
        phone_number_verified: attribute("phone_number").map(|_| false),
        address: (address != AddressClaim::default()).then_some(address),
        updated_at: None,
        groups: Some(release::values(known, "groups")),
    }
}

/// Of the standard claims those of these names, and what the registration maps.
pub(super) fn released(
    known: &StandardClaims,
    names: &BTreeSet<&str>,
    person: &Known,
    client: &Client,
) -> ReleasedClaims {
    let mut claims = ReleasedClaims::select(known, names);
    for mapped in &client.claims {
        let mut values = release::values(person, &mapped.source);
        let value = match values.len() {
            0 => continue,
            1 if mapped.source != "groups" => values.pop().map_or(Value::Null, Value::String),
            _ => values.into(),
        };
        // The registration was checked: the name is free.
        if let Err(error) = claims.add_mapped(&mapped.name, value) {
            tracing::warn!(%error, claim = mapped.name, "a mapped claim is left out");
        }
    }
    claims
}

/// RFC 8176: with what the person authenticated.
pub(super) fn amr(satisfied: &[SatisfiedFactor]) -> Vec<&'static str> {
    let has = |factor| satisfied.iter().any(|proof| proof.factor == factor);
    let mut methods = Vec::with_capacity(5);
    if has(Factor::Password) {
        methods.push("pwd");
    }
    let code = has(Factor::Totp) || has(Factor::RecoveryCode);
    if code {
        methods.push("otp");
    }
    // A key may live in a password manager: whether it is hardware nobody has attested.
    let key = has(Factor::Passkey) || has(Factor::SecurityKey);
    if key {
        methods.push("pop");
    }
    if has(Factor::Passkey) {
        methods.push("user");
    }
    if has(Factor::Passkey) || ((code || key) && has(Factor::Password)) {
        methods.push("mfa");
    }
    methods
}

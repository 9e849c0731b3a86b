//! The policy documents and values that every form of a plan has.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{RolePlanError, SHORTEST_MAX_SESSION};
use crate::model::{Partition, PermissionSet};

/// Who may take a role: whoever the provider vouches for, towards a sign-in endpoint of the partition, whichever region's.
pub(super) fn trust_policy(partition: &Partition, provider_arn: &Value) -> Value {
    let regional = partition
        .regional_sign_in_url
        .as_ref()
        .map(|url| url.replace("{region}", "*"));
    let mut endpoints = vec![partition.sign_in_url.clone()];
    endpoints.extend(regional);
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": provider_arn },
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
            "Condition": { "StringLike": { "SAML:aud": endpoints } },
        }],
    })
}

/// Who may take the emergency role: somebody whom the account itself lets, with a second factor of AWS's.
pub(super) fn emergency_trust_policy(principal: &Value) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "AWS": principal },
            "Action": "sts:AssumeRole",
            "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } },
        }],
    })
}

pub(super) fn max_session_duration(set: &PermissionSet) -> u32 {
    set.session_duration_seconds.max(SHORTEST_MAX_SESSION)
}

/// IAM takes letters, digits and a few signs, and has no empty description.
pub(super) fn description(set: &PermissionSet) -> String {
    let text = match set.description.as_str() {
        "" => set.name.as_str(),
        text => text,
    };
    // IAM, CreateRole: tab, line breaks, and Latin-1 from space to ~ and from ¡ to ÿ.
    let fits = |c: char| matches!(c, ' '..='~' | '\u{a1}'..='\u{ff}');
    let text: String = text
        .chars()
        .map(|c| if fits(c) { c } else { '?' })
        .collect();
    format!("Signet: {text}")
}

/// The role's own tags, and the one by which it is found again.
pub(super) fn tags(set: &PermissionSet) -> BTreeMap<String, String> {
    let mut tags = set.role.tags.clone();
    // A tag's value has no comma.
    tags.insert(
        "signet:permission-set".to_owned(),
        set.name.replace(',', "-"),
    );
    tags
}

pub(super) fn inline_policy(set: &PermissionSet) -> Result<Option<Value>, RolePlanError> {
    let Some(text) = &set.role.inline_policy else {
        return Ok(None);
    };
    let policy = serde_json::from_str(text);
    let policy = policy.map_err(|_| RolePlanError::InlinePolicy(set.name.clone()))?;
    Ok(Some(policy))
}

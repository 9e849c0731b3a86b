//! What the role of a permission set may hold: IAM's limits (aws.md 6.2), told where somebody can mend what breaks them.

use super::{AppsError, invalid};
use crate::model::{PermissionsBoundary, RoleContent};

/// Managed policies on one role, before anybody has asked AWS for more.
const MOST_POLICIES: usize = 10;
/// Characters of a role's inline policies, without white space.
const LONGEST_INLINE: usize = 10_240;
/// Tags of a role; one is Signet's own.
const MOST_TAGS: usize = 49;

/// Checks, and writes policies as they are kept: by path and name, without ARN.
pub(super) fn checked(role: RoleContent) -> Result<RoleContent, AppsError> {
    let managed = names(
        "managed_policies",
        role.managed_policies,
        "iam::aws:policy/",
    )?;
    let customer = names("customer_policies", role.customer_policies, ":policy/")?;
    let count = managed.len().saturating_add(customer.len());
    if count > MOST_POLICIES {
        let reason = format!("{count} policies; AWS takes {MOST_POLICIES} on a role");
        return Err(invalid("managed_policies", reason));
    }
    let inline = role.inline_policy.map(|text| text.trim().to_owned());
    let inline_policy = inline.filter(|text| !text.is_empty());
    if let Some(text) = &inline_policy {
        check_policy(text)?;
    }
    let boundary = match role.boundary {
        None => None,
        Some(PermissionsBoundary::Managed(name)) => Some(PermissionsBoundary::Managed(
            policy_name("boundary", &name, "iam::aws:policy/")?,
        )),
        Some(PermissionsBoundary::Customer(name)) => Some(PermissionsBoundary::Customer(
            policy_name("boundary", &name, ":policy/")?,
        )),
    };
    check_tags(&role.tags)?;
    Ok(RoleContent {
        managed_policies: managed,
        customer_policies: customer,
        inline_policy,
        boundary,
        tags: role.tags,
    })
}

fn names(field: &'static str, given: Vec<String>, behind: &str) -> Result<Vec<String>, AppsError> {
    let mut names: Vec<String> = Vec::new();
    for name in given {
        let name = policy_name(field, &name, behind)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// What stands behind `policy/` in the ARN; a whole ARN is cut there, so that the same set serves every partition.
fn policy_name(field: &'static str, text: &str, behind: &str) -> Result<String, AppsError> {
    let text = text.trim();
    let name = match text.strip_prefix("arn:") {
        None => text.trim_start_matches('/'),
        Some(arn) => arn
            .split_once(behind)
            .map(|(_, name)| name)
            .unwrap_or_default(),
    };
    let own = name.rsplit('/').next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let path_fits = name.chars().all(|c| fits(c) || c == '/') && !name.contains("//");
    if !(1..=128).contains(&own.len()) || name.len() > 512 || !path_fits {
        let reason = format!(
            "\"{text}\" must be a policy's name with its path, such as AmazonS3FullAccess or job-function/ViewOnlyAccess, or its ARN"
        );
        return Err(invalid(field, reason));
    }
    Ok(name.to_owned())
}

/// As much of IAM's grammar as tells a policy from something else: AWS says the rest when the role is made.
fn check_policy(text: &str) -> Result<(), AppsError> {
    let wrong = |reason: String| invalid("inline_policy", reason);
    let document: serde_json::Value =
        serde_json::from_str(text).map_err(|e| wrong(format!("is no JSON: {e}")))?;
    if text.chars().filter(|c| !c.is_whitespace()).count() > LONGEST_INLINE {
        return Err(wrong(format!(
            "has more than {LONGEST_INLINE} characters, AWS's limit"
        )));
    }
    let version = document.get("Version").and_then(|version| version.as_str());
    if version != Some("2012-10-17") {
        return Err(wrong("needs \"Version\": \"2012-10-17\"".to_owned()));
    }
    let statements = match document.get("Statement") {
        Some(serde_json::Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    if statements.is_empty() {
        return Err(wrong("needs at least one Statement".to_owned()));
    }
    for statement in &statements {
        let has =
            |one: &str, other: &str| statement.get(one).is_some() != statement.get(other).is_some();
        let effect = statement.get("Effect").and_then(|effect| effect.as_str());
        if !matches!(effect, Some("Allow" | "Deny"))
            || !has("Action", "NotAction")
            || !has("Resource", "NotResource")
            || statement.get("Principal").is_some()
        {
            return Err(wrong(
                "each Statement needs Effect (Allow or Deny), Action and Resource, and no Principal"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

fn check_tags(tags: &std::collections::BTreeMap<String, String>) -> Result<(), AppsError> {
    if tags.len() > MOST_TAGS {
        return Err(invalid(
            "role tags",
            "AWS takes at most 50, one of them Signet's",
        ));
    }
    let fits = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    for (key, value) in tags {
        let is_reserved = ["aws:", "signet:"]
            .iter()
            .any(|prefix| key.to_lowercase().starts_with(prefix));
        let key_fits = (1..=128).contains(&key.chars().count()) && key.chars().all(fits);
        if is_reserved || !key_fits || value.chars().count() > 256 || !value.chars().all(fits) {
            let reason = format!(
                "\"{key}\": keys have 1 to 128, values at most 256 letters, digits, spaces and _ . : / = + - @; aws: and signet: are taken"
            );
            return Err(invalid("role tags", reason));
        }
    }
    Ok(())
}

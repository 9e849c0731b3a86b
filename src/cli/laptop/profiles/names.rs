//! What a role's profile is called.

use std::collections::BTreeMap;

use crate::cli::laptop::roles::AssignedRole;

/// Every role with its profile's name: the account's name and the role's, `production-ReadOnly`. Accounts whose names come
/// to the same thing, or to nothing, go by their digits; the same role twice goes by its first mention.
pub(super) fn named(roles: &[AssignedRole]) -> BTreeMap<String, &AssignedRole> {
    let mut accounts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for role in roles {
        let ids = accounts.entry(slug(&role.account_name)).or_default();
        if !ids.contains(&role.account_id.as_str()) {
            ids.push(role.account_id.as_str());
        }
    }
    let mut named = BTreeMap::new();
    for role in roles {
        let slug = slug(&role.account_name);
        let is_alone = accounts.get(&slug).is_some_and(|ids| ids.len() == 1);
        let account = match (slug.as_str(), is_alone) {
            ("", _) => role.account_id.as_str().to_owned(),
            (slug, true) => slug.to_owned(),
            (slug, false) => format!("{slug}-{}", role.account_id),
        };
        named
            .entry(format!("{account}-{}", role.role_name))
            .or_insert(role);
    }
    named
}

/// Small letters and digits of ASCII, a hyphen for whatever is between them.
fn slug(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

//! What is told of a person: the values behind a registration's sources.

use crate::access::Known;

/// The values of a source (`user_name`, `email`, `display_name`, `given_name`, `family_name`, `id`, `groups`,
/// `attributes.<name>`); empty when the person has none.
pub(super) fn values(known: &Known, source: &str) -> Vec<String> {
    let user = &known.user;
    let one = |text: &str| {
        if text.is_empty() {
            Vec::new()
        } else {
            vec![text.to_owned()]
        }
    };
    match source {
        "user_name" => one(user.user_name.as_str()),
        "email" => one(user.email.as_str()),
        "display_name" => one(&user.display_name),
        "given_name" => one(&user.given_name),
        "family_name" => one(&user.family_name),
        "id" => one(user.id.as_str()),
        "groups" => known
            .groups
            .iter()
            .map(|group| group.name.clone())
            .collect(),
        other => other
            .strip_prefix("attributes.")
            .and_then(|name| user.attributes.get(name))
            .cloned()
            .unwrap_or_default(),
    }
}

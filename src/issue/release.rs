//! What is told of a person: the values behind a registration's sources.

use crate::access::Known;

/// The values of a source: `groups`, or one of the person's own (`User::values`); empty when the person has none.
pub(super) fn values(known: &Known, source: &str) -> Vec<String> {
    match source {
        "groups" => known
            .groups
            .iter()
            .map(|group| group.name.clone())
            .collect(),
        other => known.user.values(other),
    }
}

//! How two names or addresses differ, in words.

use url::Url;

/// So alike must two texts be before one is offered for the other.
const ALIKE: f64 = 0.6;

/// The text that is most like another one, if any is.
pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::normalized_damerau_levenshtein(text, known), known))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// "the nearest registered one is ..., which differs in the port".
pub(super) fn compared_with(text: &str, near: &str) -> String {
    match part(text, near) {
        Some(part) => format!("the nearest registered one is {near}, which differs in {part}"),
        None => format!("the nearest registered one is {near}"),
    }
}

/// The one part in which two texts differ.
pub(super) fn part(one: &str, other: &str) -> Option<&'static str> {
    if one.eq_ignore_ascii_case(other) {
        return Some("upper and lower case");
    }
    if one.trim() == other.trim() {
        return Some("white space");
    }
    if one.trim_end_matches('/') == other.trim_end_matches('/') {
        return Some("the slash at its end");
    }
    let (one, other) = (Url::parse(one).ok()?, Url::parse(other).ok()?);
    let differing: Vec<&'static str> = [
        (one.scheme() != other.scheme(), "http and https"),
        (one.host_str() != other.host_str(), "the host"),
        (one.port() != other.port(), "the port"),
        (one.path() != other.path(), "the path"),
        (one.query() != other.query(), "the query"),
        (one.fragment() != other.fragment(), "the fragment"),
    ]
    .into_iter()
    .filter_map(|(differs, what)| differs.then_some(what))
    .collect();
    match differing.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// A list for a sentence.
pub(super) fn listed<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.into_iter().collect();
    if all.is_empty() {
        "none".to_owned()
    } else {
        all.join(", ")
    }
}

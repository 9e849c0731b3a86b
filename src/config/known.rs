//! Every key that there is, and the nearest one to a word that is none.

/// The dotted names, in the order of the file that `signet init` writes.
pub(super) const KEYS: [&str; 25] = [
    "public_url",
    "organisation",
    "workers",
    "branding",
    "listen.address",
    "listen.management",
    "tls.certificate",
    "tls.key",
    "proxy.trusted",
    "database.url",
    "keys.directory",
    "sessions.idle_minutes",
    "sessions.absolute_hours",
    "passwords.hash_threads",
    "passwords.hash_queue",
    "passwords.blocklist_file",
    "audit.checkpoint_file",
    "audit.checkpoint_every_seconds",
    "outbound.allowed_networks",
    "outbound.ca_file",
    "outbound.timeout_seconds",
    "mail.smtp_url",
    "mail.from",
    "mail.password",
    "aws.partitions",
];

/// The keys of one table of `aws.partitions`.
pub(super) const PARTITION_KEYS: [&str; 8] = [
    "name",
    "sign_in_url",
    "regional_sign_in_url",
    "audience",
    "console_url",
    "console_hosts",
    "sts_url",
    "default_region",
];

/// Below this likeness two words have nothing to do with each other.
const ALIKE: f64 = 0.75;

/// A known key by its name.
pub(super) fn key(name: &str) -> Option<&'static str> {
    KEYS.into_iter().find(|known| *known == name)
}

/// Whether a word is a section.
pub(super) fn is_section(word: &str) -> bool {
    KEYS.iter()
        .any(|key| key.split_once('.').is_some_and(|(s, _)| s == word))
}

/// "did you mean ..", or the list of what is valid.
pub(super) fn hint(word: &str, valid: &[&str]) -> String {
    match nearest(word, valid) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("valid here: {}", valid.join(", ")),
    }
}

/// The hint for a key that is unknown: one of the same section, the same name in another section, or a section.
pub(super) fn key_hint(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let moved = KEYS.iter().find(|key| key.rsplit('.').next() == Some(last));
    if let Some(key) = moved {
        return format!("did you mean {key}?");
    }
    match name.split_once('.') {
        Some((section, _)) if is_section(section) => hint(name, &in_section(section)),
        Some(_) => hint(name, &KEYS),
        None => hint(name, &at_the_top()),
    }
}

fn in_section(section: &str) -> Vec<&'static str> {
    KEYS.into_iter()
        .filter(|key| key.split_once('.').is_some_and(|(s, _)| s == section))
        .collect()
}

fn at_the_top() -> Vec<&'static str> {
    let mut words: Vec<&str> = KEYS
        .into_iter()
        .map(|key| key.split_once('.').map_or(key, |(section, _)| section))
        .collect();
    words.dedup();
    words
}

/// The most alike of the valid words, if any is alike.
pub(super) fn nearest<'a>(word: &str, valid: &[&'a str]) -> Option<&'a str> {
    valid
        .iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(word, known), *known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

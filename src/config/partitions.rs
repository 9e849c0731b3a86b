//! `[[aws.partitions]]`: partitions that are added to the known ones, or stand in their place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::error::{ConfigError, Place};
use super::known;
use super::public_url::is_this_machine;
use super::source::{Given, Source};
use super::values::texts;
use crate::model::{Partition, check_region};

const KEY: &str = "aws.partitions";

/// Every partition that is given.
pub(super) fn read(source: &Source<'_>) -> Result<Vec<Partition>, ConfigError> {
    let Some(given) = source.get(KEY) else {
        return Ok(Vec::new());
    };
    let DeValue::Array(items) = &given.value else {
        return Err(given.refuse(KEY, "must be a list of tables: write [[aws.partitions]]"));
    };
    let mut partitions: Vec<Partition> = Vec::new();
    for item in items.iter() {
        let DeValue::Table(table) = item.get_ref() else {
            return Err(given.refuse(KEY, "must be a list of tables: write [[aws.partitions]]"));
        };
        let place = place(source, given, item.span().start);
        let entry = Entry {
            source,
            given,
            table,
            place,
        };
        let partition = entry.partition()?;
        if partitions.iter().any(|p| p.name == partition.name) {
            return Err(entry.refuse("name", "is given twice"));
        }
        partitions.push(partition);
    }
    Ok(partitions)
}

/// A value of the file knows its line; the environment's knows its variable.
fn place(source: &Source<'_>, given: &Given<'_>, offset: usize) -> Place {
    match &given.place {
        Place::Line(..) => source.line(offset),
        other => other.clone(),
    }
}

/// One table.
struct Entry<'a> {
    source: &'a Source<'a>,
    given: &'a Given<'a>,
    table: &'a DeTable<'a>,
    place: Place,
}

impl Entry<'_> {
    fn partition(&self) -> Result<Partition, ConfigError> {
        self.refuse_unknown_keys()?;
        let partition = Partition {
            name: self.text("name")?,
            sign_in_url: self.text("sign_in_url")?,
            regional_sign_in_url: self.regional_sign_in_url()?,
            audience: self.text("audience")?,
            console_url: self.text("console_url")?,
            console_hosts: self.hosts()?,
            sts_url: self.text("sts_url")?,
            default_region: self.text("default_region")?,
        };
        let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if !partition.name.bytes().all(is_name) {
            return Err(self.refuse("name", "must be as in ARNs: aws, aws-us-gov, aws-cn"));
        }
        for key in ["sign_in_url", "console_url"] {
            if !is_safe_url(&self.text(key)?) {
                return Err(self.refuse(
                    key,
                    "must begin with https:// (http:// for this machine alone)",
                ));
            }
        }
        check_region(&partition.default_region)
            .map_err(|e| self.refuse("default_region", e.reason))?;
        // With a region in its place, the brace that is left is a misspelt placeholder.
        let sts_url = partition.sts_url.replace("{region}", "x");
        if !is_safe_url(&sts_url) || sts_url.contains(['{', '}']) {
            return Err(self.refuse(
                "sts_url",
                "must begin with https:// (http:// for this machine alone), as in https://sts.{region}.amazonaws.com",
            ));
        }
        Ok(partition)
    }

    /// It becomes a pattern in trust policies: the region must be a label of the host's name, and its first one.
    fn regional_sign_in_url(&self) -> Result<Option<String>, ConfigError> {
        let key = "regional_sign_in_url";
        if self.value(key).is_none() {
            return Ok(None);
        }
        let url = self.text(key)?;
        let filled = url.replacen("{region}.", "x.", 1);
        if !url.starts_with("https://{region}.")
            || !is_safe_url(&filled)
            || filled.contains(['{', '}', '*'])
        {
            return Err(self.refuse(
                key,
                "must be as https://{region}.signin.aws.amazon.com/saml",
            ));
        }
        Ok(Some(url))
    }

    fn refuse_unknown_keys(&self) -> Result<(), ConfigError> {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if !known::PARTITION_KEYS.contains(&name) {
                return Err(ConfigError::UnknownKey {
                    place: place(self.source, self.given, key.span().start),
                    key: format!("{KEY}.{name}"),
                    hint: known::hint(name, &known::PARTITION_KEYS),
                });
            }
        }
        Ok(())
    }

    fn text(&self, key: &str) -> Result<String, ConfigError> {
        match self.value(key).map(Spanned::get_ref) {
            Some(DeValue::String(text)) if !text.trim().is_empty() => Ok(text.clone().into_owned()),
            Some(_) => Err(self.refuse(key, "must be a text in quotation marks")),
            None => Err(self.refuse(key, "is missing")),
        }
    }

    fn hosts(&self) -> Result<Vec<String>, ConfigError> {
        let key = "console_hosts";
        let hosts = self
            .value(key)
            .and_then(|value| texts(value.get_ref()))
            .filter(|hosts| !hosts.is_empty());
        let Some(hosts) = hosts else {
            return Err(self.refuse(
                key,
                "must be a list of hosts, as in [\".console.aws.amazon.com\"]",
            ));
        };
        let is_host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:".contains(&b);
        // A bare dot, or a suffix of one label such as ".com", would let a console link lead anywhere.
        let too_wide = |h: &String| h.starts_with('.') && h.matches('.').count() < 2;
        if hosts
            .iter()
            .any(|h| h.is_empty() || !h.bytes().all(is_host) || too_wide(h))
        {
            return Err(self.refuse(
                key,
                "must be hosts in lower case, or suffixes of at least two labels that begin with a dot",
            ));
        }
        Ok(hosts)
    }

    fn value(&self, key: &str) -> Option<&Spanned<DeValue<'_>>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref().as_ref() == key)
            .map(|(_, value)| value)
    }

    fn refuse(&self, key: &str, reason: &str) -> ConfigError {
        ConfigError::Value {
            place: self.place.clone(),
            key: format!("{KEY}.{key}"),
            reason: reason.to_owned(),
        }
    }
}

/// Assertions are posted to the one and browsers are sent to the other: neither may be readable on the way.
fn is_safe_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(host)) => is_this_machine(&host),
        _ => false,
    }
}

//! AWS accounts, permission sets, partitions.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::{InvalidText, PermissionSetId};

/// A 12-digit AWS account id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

impl AccountId {
    /// Parses twelve digits.
    ///
    /// # Errors
    /// When there are not exactly twelve digits.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidText {
                what: "AWS account id",
                reason: "must be twelve digits",
            })
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AccountId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> String {
        id.0
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidText;
    fn try_from(text: String) -> Result<Self, InvalidText> {
        Self::parse(&text)
    }
}

/// One AWS partition: data, so that a new one, a region's own endpoint or a simulated one is configuration
/// (aws.md 3.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// As in ARNs: `aws`, `aws-us-gov`, `aws-cn`.
    pub name: String,
    /// The sign-in URL: ACS and Recipient.
    pub sign_in_url: String,
    /// The audience: AWS's entity id there.
    pub audience: String,
    /// The console's home, as RelayState when nothing else is asked for.
    pub console_url: String,
    /// The hosts, or suffixes beginning with a dot, under which a console destination may lie.
    pub console_hosts: Vec<String>,
    /// The endpoint of STS, with `{region}` where the region's name stands.
    pub sts_url: String,
    /// The region whose STS is asked when nobody names another (aws.md 3.4: a regional endpoint's credentials are valid
    /// everywhere).
    pub default_region: String,
}

impl Partition {
    /// Where STS is called: in the region that is named, or in the partition's own.
    ///
    /// # Errors
    /// When the region is not named as regions are: it becomes a part of a host's name, and an assertion goes there.
    pub fn sts_endpoint(&self, region: Option<&str>) -> Result<String, InvalidText> {
        let region = region.unwrap_or(&self.default_region);
        check_region(region)?;
        Ok(self.sts_url.replace("{region}", region))
    }
}

/// Whether a text is named as AWS's regions are: at most 32 small letters, digits and hyphens between them.
///
/// # Errors
/// With the rule.
pub fn check_region(text: &str) -> Result<(), InvalidText> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let ends_plain = !text.starts_with('-') && !text.ends_with('-');
    if (1..=32).contains(&text.len()) && text.bytes().all(is_plain) && ends_plain {
        Ok(())
    } else {
        Err(InvalidText {
            what: "AWS region",
            reason: "must be as AWS names it, such as eu-central-1",
        })
    }
}

/// An AWS account that trusts Signet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsAccount {
    /// Twelve digits.
    pub id: AccountId,
    /// For people.
    pub name: String,
    /// The account's mail address, for people; may be empty.
    pub email: String,
    /// The partition's name.
    pub partition: String,
    /// The name of the IAM SAML provider there.
    pub provider_name: String,
    /// Raised by each change.
    pub revision: i64,
}

/// What may be done in an account, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionSet {
    /// Random.
    pub id: PermissionSetId,
    /// 1 to 32 of `[\w+=,.@-]`, unique.
    pub name: String,
    /// For people.
    pub description: String,
    /// The IAM role's name with its path, without a leading slash, such as `signet/Signet_ReadOnly`.
    pub role_path: String,
    /// SessionDuration in seconds, 900 to 43,200.
    pub session_duration_seconds: u32,
    /// The console destination; none: the partition's console home.
    pub relay_state: Option<String>,
    /// Session tags: key to source (`user_name`, `email`, `attributes.<name>` ..., or `=literal`).
    pub session_tags: BTreeMap<String, String>,
    /// The keys of the tags that pass through role chaining.
    pub transitive_tag_keys: Vec<String>,
    /// Raised by each change.
    pub revision: i64,
}

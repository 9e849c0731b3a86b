//! AWS accounts, permission sets, partitions.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::{Group, InvalidText, PermissionSetId, Timestamp, User};

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
    /// The sign-in URL of a region, with `{region}` where its name stands; none where there are no regional ones.
    #[serde(default)]
    pub regional_sign_in_url: Option<String>,
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

/// A colour by which people tell accounts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountColour {
    /// None.
    #[default]
    None,
    /// For what must not be broken.
    Red,
    /// Between the two.
    Amber,
    /// For what may be.
    Green,
    /// Any meaning.
    Blue,
    /// Any meaning.
    Violet,
}

impl AccountColour {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Red,
        Self::Amber,
        Self::Green,
        Self::Blue,
        Self::Violet,
    ];

    /// The word by which it is stored and written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Red => "red",
            Self::Amber => "amber",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Violet => "violet",
        }
    }

    /// By its word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.as_str() == word)
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
    /// Where it lies in the organisation, such as `/Workloads/Production`; `/` where nobody said.
    #[serde(default = "root")]
    pub path: String,
    /// Words by which assignments find it, such as `production`; sorted, each once.
    #[serde(default)]
    pub labels: Vec<String>,
    /// For people.
    #[serde(default)]
    pub colour: AccountColour,
    /// Raised by each change.
    pub revision: i64,
}

fn root() -> String {
    "/".to_owned()
}

/// What the IAM role of a permission set may do, and carries (aws.md 6.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleContent {
    /// AWS's own policies, by path and name as behind `policy/` in their ARN: `AmazonS3FullAccess`,
    /// `job-function/ViewOnlyAccess`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub managed_policies: Vec<String>,
    /// Policies of the account's own, by path and name; each account must have them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub customer_policies: Vec<String>,
    /// A policy document in JSON, within the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inline_policy: Option<String>,
    /// What the role can never do more than.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boundary: Option<PermissionsBoundary>,
    /// The role's own tags.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// A permissions boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionsBoundary {
    /// One of AWS's own policies.
    Managed(String),
    /// One of the account's.
    Customer(String),
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
    /// What its role may do there: from it the role is made.
    #[serde(default)]
    pub role: RoleContent,
    /// Raised by each change.
    pub revision: i64,
}

impl PermissionSet {
    /// The session tags of a person, each with its value; none where the person has nothing for it: the session has no such
    /// tag, so that a condition on it denies. Several values become one with colons around each: AWS takes one value for a
    /// tag, and a policy matches `*:name:*`. What has a colon itself is left out: it could pass for two.
    pub fn session_tags_of(&self, user: &User, groups: &[Group]) -> Vec<(String, Option<String>)> {
        let value = |source: &str| {
            if let Some(literal) = source.strip_prefix('=') {
                return Some(literal.to_owned());
            }
            let values: Vec<String> = match source {
                "groups" => groups.iter().map(|group| group.name.clone()).collect(),
                other => user.values(other),
            };
            match values.as_slice() {
                [] => None,
                [one] if source != "groups" => Some(one.clone()),
                several => {
                    let plain = several.iter().filter(|value| !value.contains(':'));
                    let plain: Vec<&str> = plain.map(String::as_str).collect();
                    (!plain.is_empty()).then(|| format!(":{}:", plain.join(":")))
                }
            }
        };
        let tags = self.session_tags.iter();
        tags.map(|(key, source)| (key.clone(), value(source)))
            .collect()
    }

    /// The role's path in IAM, with slashes around it, and its name.
    pub fn role_path_and_name(&self) -> (String, &str) {
        match self.role_path.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), &self.role_path),
        }
    }
}

/// Whether AWS takes a character in a session tag: `[\p{L}\p{Z}\p{N}_.:/=+\-@]` (STS API reference, Tag), of the separators
/// the space alone. Marks are no letters: a name in Hindi or Thai has some.
pub fn fits_a_session_tag(c: char) -> bool {
    let group = c.general_category_group();
    matches!(
        group,
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Number
    ) || c == ' '
        || "_.:/=+-@".contains(c)
}

/// What AWS said when it was asked whether the role of a permission set can be taken in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleCheck {
    /// The account.
    pub account_id: AccountId,
    /// The permission set.
    pub permission_set_id: PermissionSetId,
    /// When.
    pub checked_at: Timestamp,
    /// Whether it can.
    pub in_place: bool,
    /// Why not; empty when it can.
    pub cause: String,
    /// What to do; may be empty.
    pub fix: String,
}

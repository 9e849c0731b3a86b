//! The session that an assertion asks for: AWS's attributes, each read by its documented limits.

use std::collections::BTreeMap;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::refusal::Refusal;
use crate::demo::response::{Assertion, Attribute};
use crate::model::{AccountId, Span};

const PREFIX: &str = "https://aws.amazon.com/SAML/Attributes/";
const MAX_TAGS: usize = 50;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

/// What an assertion asks for.
#[derive(Debug, Clone)]
pub(super) struct SessionRequest {
    pub(super) role: RequestedRole,
    pub(super) session_name: String,
    pub(super) duration: Option<Span>,
    pub(super) source_identity: Option<String>,
    /// Session tags, values by keys.
    pub(super) tags: BTreeMap<String, String>,
    pub(super) transitive_tag_keys: Vec<String>,
}

/// A value of the attribute Role.
#[derive(Debug, Clone)]
pub(super) struct RequestedRole {
    pub(super) account: AccountId,
    pub(super) arn: String,
    pub(super) path_and_name: String,
    pub(super) provider_arn: String,
    pub(super) provider: String,
}

impl RequestedRole {
    /// The name without its path.
    pub(super) fn name(&self) -> &str {
        self.path_and_name
            .rsplit('/')
            .next()
            .unwrap_or(&self.path_and_name)
    }
}

/// Which value of the attribute Role is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum RoleChoice<'a> {
    /// The only one.
    Only,
    /// The one of these two, which the caller of STS names.
    Named {
        role_arn: &'a str,
        provider_arn: &'a str,
    },
}

impl SessionRequest {
    /// Reads the attributes.
    pub(super) fn read(
        assertion: &Assertion,
        partition: &str,
        choice: RoleChoice<'_>,
    ) -> Result<Self, Refusal> {
        let attributes = AwsAttributes::of(assertion)?;
        let tags = tags(&attributes)?;
        Ok(Self {
            role: role(&attributes, partition, choice)?,
            session_name: session_name(&attributes)?,
            duration: duration(&attributes)?,
            source_identity: source_identity(&attributes)?,
            transitive_tag_keys: transitive_tag_keys(&attributes, &tags)?,
            tags,
        })
    }
}

/// The values of AWS's attributes by the rest of their names, which are compared with regard to case.
struct AwsAttributes<'a>(BTreeMap<&'a str, &'a [String]>);

impl<'a> AwsAttributes<'a> {
    fn of(assertion: &'a Assertion) -> Result<Self, Refusal> {
        let mut all = BTreeMap::new();
        for Attribute { name, values } in &assertion.attributes {
            let Some(short) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if all.insert(short, values.as_slice()).is_some() {
                return Err(Refusal::RepeatedAttribute {
                    name: short.to_owned(),
                });
            }
        }
        Ok(Self(all))
    }

    fn values(&self, name: &str) -> &'a [String] {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// The one value of an attribute that may be missing.
    fn single(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        match self.0.get(name).copied() {
            None => Ok(None),
            Some([only]) => Ok(Some(only)),
            Some(_) => Err(Refusal::SingleValue {
                name: name.to_owned(),
            }),
        }
    }
}

/// The role that is meant, of those that are offered.
fn role(
    attributes: &AwsAttributes<'_>,
    partition: &str,
    choice: RoleChoice<'_>,
) -> Result<RequestedRole, Refusal> {
    let values = attributes.values("Role");
    if values.is_empty() {
        return Err(Refusal::Role);
    }
    match choice {
        RoleChoice::Only => match values {
            [only] => offered_role(only, partition),
            _ => Err(Refusal::SeveralRoles),
        },
        RoleChoice::Named {
            role_arn,
            provider_arn,
        } => {
            let offered = values
                .iter()
                .map(|value| offered_role(value, partition))
                .collect::<Result<Vec<_>, _>>()?;
            offered
                .into_iter()
                .find(|role| role.arn == role_arn && role.provider_arn == provider_arn)
                .ok_or_else(|| Refusal::RoleNotOffered {
                    role: role_arn.to_owned(),
                    provider: provider_arn.to_owned(),
                })
        }
    }
}

/// One value: a role's ARN and a SAML provider's, in either order, in one account.
fn offered_role(value: &str, partition: &str) -> Result<RequestedRole, Refusal> {
    let (first, second) = value.split_once(',').ok_or(Refusal::Role)?;
    let (first, second) = (first.trim(), second.trim());
    let (role_arn, provider_arn) = if first.contains(":role/") {
        (first, second)
    } else {
        (second, first)
    };
    let (role_account, path_and_name) = iam_arn(role_arn, partition, "role/")?;
    let (provider_account, provider) = iam_arn(provider_arn, partition, "saml-provider/")?;
    if role_account != provider_account {
        return Err(Refusal::RoleAccounts);
    }
    Ok(RequestedRole {
        account: role_account,
        arn: role_arn.to_owned(),
        path_and_name: path_and_name.to_owned(),
        provider_arn: provider_arn.to_owned(),
        provider: provider.to_owned(),
    })
}

/// `arn:<partition>:iam::<account>:<kind><name>`.
fn iam_arn<'a>(arn: &'a str, partition: &str, kind: &str) -> Result<(AccountId, &'a str), Refusal> {
    let rest = arn
        .strip_prefix("arn:")
        .and_then(|rest| rest.strip_prefix(partition))
        .and_then(|rest| rest.strip_prefix(":iam::"));
    let (account, resource) = rest
        .and_then(|rest| rest.split_once(':'))
        .ok_or(Refusal::Role)?;
    let account = AccountId::parse(account).map_err(|_| Refusal::Role)?;
    match resource.strip_prefix(kind) {
        Some(name) if !name.is_empty() => Ok((account, name)),
        _ => Err(Refusal::Role),
    }
}

fn session_name(attributes: &AwsAttributes<'_>) -> Result<String, Refusal> {
    let name = attributes
        .single("RoleSessionName")?
        .ok_or(Refusal::NoRoleSessionName)?;
    if is_session_name(name) {
        Ok(name.to_owned())
    } else {
        Err(Refusal::RoleSessionName {
            found: name.to_owned(),
        })
    }
}

/// `[a-zA-Z_0-9+=,.@-]{2,64}`
fn is_session_name(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

fn duration(attributes: &AwsAttributes<'_>) -> Result<Option<Span>, Refusal> {
    let Some(text) = attributes.single("SessionDuration")? else {
        return Ok(None);
    };
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse::<i64>()
        .ok()
        .filter(|seconds| is_number && (900..=43_200).contains(seconds))
        .map(|seconds| Some(Span::seconds(seconds)))
        .ok_or_else(|| Refusal::SessionDuration {
            found: text.to_owned(),
        })
}

fn source_identity(attributes: &AwsAttributes<'_>) -> Result<Option<String>, Refusal> {
    match attributes.single("SourceIdentity")? {
        None => Ok(None),
        Some(text) if is_session_name(text) && !text.starts_with("aws:") => {
            Ok(Some(text.to_owned()))
        }
        Some(text) => Err(Refusal::SourceIdentity {
            found: text.to_owned(),
        }),
    }
}

/// One attribute a tag, with one value; keys that differ in case only are the same key.
fn tags(attributes: &AwsAttributes<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    let mut keys: BTreeMap<String, &str> = BTreeMap::new();
    for name in attributes.0.keys() {
        let Some(key) = name.strip_prefix("PrincipalTag:") else {
            continue;
        };
        let value = attributes.single(name)?.unwrap_or_default();
        let is_reserved = key.to_lowercase().starts_with("aws:");
        if key.is_empty() || !is_tag_text(key, MAX_TAG_KEY) || is_reserved {
            return Err(Refusal::TagKey {
                key: key.to_owned(),
            });
        }
        if !is_tag_text(value, MAX_TAG_VALUE) {
            return Err(Refusal::TagValue {
                key: key.to_owned(),
            });
        }
        if let Some(first) = keys.insert(key.to_lowercase(), key) {
            return Err(Refusal::TagKeyCase {
                first: first.to_owned(),
                second: key.to_owned(),
            });
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > MAX_TAGS {
        return Err(Refusal::TooManyTags { found: tags.len() });
    }
    Ok(tags)
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]*`, in characters, by Unicode's general categories.
fn is_tag_text(text: &str, max: usize) -> bool {
    use GeneralCategoryGroup::{Letter, Number, Separator};
    text.chars().count() <= max
        && text.chars().all(|c| {
            let group = c.general_category_group();
            matches!(group, Letter | Number | Separator) || "_.:/=+-@".contains(c)
        })
}

fn transitive_tag_keys(
    attributes: &AwsAttributes<'_>,
    tags: &BTreeMap<String, String>,
) -> Result<Vec<String>, Refusal> {
    let keys = attributes.values("TransitiveTagKeys");
    for key in keys {
        if !tags.contains_key(key) {
            return Err(Refusal::TransitiveTagKey { key: key.clone() });
        }
    }
    Ok(keys.to_vec())
}

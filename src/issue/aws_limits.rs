//! AWS's limits on what an assertion says (AssumeRoleWithSAML; IAM, "Configure SAML assertions for the authentication
//! response"; facts: aws.md 3.1 and 3.2). Checked before anything is issued: AWS's own words come too late and say little.

use std::collections::BTreeSet;

use crate::model::fits_a_session_tag;

/// Of a response in base64, in characters (AssumeRoleWithSAML, SAMLAssertion).
const LONGEST_RESPONSE: usize = 100_000;

/// A limit of AWS that an assertion would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AwsLimitError {
    /// RoleSessionName and SourceIdentity.
    #[error("{what} \"{value}\" must be 2 to 64 characters of letters, digits and _ + = , . @ -")]
    SessionName {
        /// Which.
        what: &'static str,
        /// What it would be.
        value: String,
    },
    /// SessionDuration.
    #[error("SessionDuration {0} must lie between 900 and 43200 seconds")]
    Duration(u32),
    /// A role ARN.
    #[error("the role ARN {0} must have 20 to 2048 characters and no comma")]
    RoleArn(String),
    /// A tag's key.
    #[error(
        "the session tag key \"{0}\" must be 1 to 128 letters, digits, spaces and _ . : / = + - @, and must not begin with aws:"
    )]
    TagKey(String),
    /// A tag's value.
    #[error(
        "the value of the session tag \"{0}\" must be at most 256 letters, digits, spaces and _ . : / = + - @"
    )]
    TagValue(String),
    /// Two keys that AWS takes for one.
    #[error("the session tag key \"{0}\" is there twice; AWS does not tell upper from lower case")]
    RepeatedTag(String),
    /// Too many tags.
    #[error("{0} session tags; AWS takes at most 50")]
    TooManyTags(usize),
    /// A response that is too long.
    #[error(
        "the response has {0} characters; AWS takes at most 100000: give the permission set fewer or shorter session tags"
    )]
    Response(usize),
}

/// One PrincipalTag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its one value.
    pub value: String,
}

/// A RoleSessionName or a SourceIdentity: `what`.
///
/// # Errors
/// [`AwsLimitError::SessionName`].
pub fn session_name(what: &'static str, value: &str) -> Result<(), AwsLimitError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&value.len()) && value.chars().all(fits) {
        return Ok(());
    }
    Err(AwsLimitError::SessionName {
        what,
        value: value.to_owned(),
    })
}

/// A SessionDuration.
///
/// # Errors
/// [`AwsLimitError::Duration`].
pub fn duration(seconds: u32) -> Result<(), AwsLimitError> {
    if (900..=43_200).contains(&seconds) {
        Ok(())
    } else {
        Err(AwsLimitError::Duration(seconds))
    }
}

/// A role's ARN.
///
/// # Errors
/// [`AwsLimitError::RoleArn`].
pub fn role_arn(arn: &str) -> Result<(), AwsLimitError> {
    if (20..=2048).contains(&arn.chars().count()) && !arn.contains(',') {
        Ok(())
    } else {
        Err(AwsLimitError::RoleArn(arn.to_owned()))
    }
}

/// All tags of a session.
///
/// # Errors
/// Those of a tag, [`AwsLimitError::RepeatedTag`] and [`AwsLimitError::TooManyTags`].
pub fn tags(tags: &[Tag]) -> Result<(), AwsLimitError> {
    if tags.len() > 50 {
        return Err(AwsLimitError::TooManyTags(tags.len()));
    }
    let mut seen = BTreeSet::new();
    for tag in tags {
        let length = tag.key.chars().count();
        let is_reserved = tag.key.to_lowercase().starts_with("aws:");
        if !(1..=128).contains(&length) || is_reserved || !tag.key.chars().all(fits_a_session_tag) {
            return Err(AwsLimitError::TagKey(tag.key.clone()));
        }
        if tag.value.chars().count() > 256 || !tag.value.chars().all(fits_a_session_tag) {
            return Err(AwsLimitError::TagValue(tag.key.clone()));
        }
        if !seen.insert(tag.key.to_lowercase()) {
            return Err(AwsLimitError::RepeatedTag(tag.key.clone()));
        }
    }
    Ok(())
}

/// A response as it is sent, in base64.
///
/// # Errors
/// [`AwsLimitError::Response`].
pub fn response(base64: &str) -> Result<(), AwsLimitError> {
    if base64.len() <= LONGEST_RESPONSE {
        Ok(())
    } else {
        Err(AwsLimitError::Response(base64.len()))
    }
}

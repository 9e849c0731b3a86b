//! What comes back: credentials or an error, as XML of at most 64 KiB behind the gates of `protocol::xml`.

use uppsala::NodeId;

use super::StsCredentials;
use crate::model::{Secret, Timestamp};
use crate::protocol::xml::{Limits, Tree, XmlError};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// Session tokens have no documented limit; AWS has never sent a tenth of it.
const LONGEST_VALUE: usize = 16 * 1024;
/// Of AWS's own words, so much is kept.
const LONGEST_MESSAGE: usize = 1_000;

/// Why an answer could not be read. The texts hold nothing of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StsAnswerError {
    /// The document was refused.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Another document than STS's.
    #[error("the document is not an answer of STS")]
    NotSts,
    /// An element is missing, empty, or there twice.
    #[error("the answer must have {name} exactly once, with a value")]
    Element {
        /// Which.
        name: &'static str,
    },
    /// A value that is not of its kind.
    #[error("the answer's {name} has characters that it never has")]
    Value {
        /// Which.
        name: &'static str,
    },
    /// Not a time.
    #[error("the answer's Expiration is not a time")]
    Expiration,
}

/// What STS answers in place of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsError {
    /// AWS's code, such as `InvalidIdentityToken`.
    pub code: String,
    /// AWS's words, on one line, at most 1,000 characters.
    pub message: String,
    /// For AWS's support.
    pub request_id: Option<String>,
}

impl std::fmt::Display for StsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

/// Reads an `AssumeRoleWithSAMLResponse`. Credentials are letters, digits and marks without white space or control
/// characters: what is not is refused here, before it reaches a shell or a file.
///
/// # Errors
/// [`StsAnswerError`] with the rule that was broken.
pub fn parse_assume_role_answer(xml: &[u8]) -> Result<StsCredentials, StsAnswerError> {
    let tree = Tree::parse(xml, Limits::MESSAGE)?;
    if !tree.is(tree.root(), NAMESPACE, "AssumeRoleWithSAMLResponse") {
        return Err(StsAnswerError::NotSts);
    }
    let result = one(&tree, tree.root(), "AssumeRoleWithSAMLResult")?;
    let credentials = one(&tree, result, "Credentials")?;
    let role_user = one(&tree, result, "AssumedRoleUser")?;
    let expiration = plain(&tree, credentials, "Expiration")?;
    let source_identity = tree
        .children_named(result, NAMESPACE, "SourceIdentity")
        .next()
        .map(|_| plain(&tree, result, "SourceIdentity"))
        .transpose()?;
    Ok(StsCredentials {
        access_key_id: plain(&tree, credentials, "AccessKeyId")?,
        secret_access_key: Secret::from_text(plain(&tree, credentials, "SecretAccessKey")?),
        session_token: Secret::from_text(plain(&tree, credentials, "SessionToken")?),
        expiration: Timestamp::parse_rfc3339(&expiration).ok_or(StsAnswerError::Expiration)?,
        assumed_role_arn: plain(&tree, role_user, "Arn")?,
        source_identity,
    })
}

/// Reads an error. Its namespace is not looked at: what stands before STS answers in namespaces of its own.
///
/// # Errors
/// [`StsAnswerError`] when there is no `Error` with a `Code`.
pub fn parse_sts_error(xml: &[u8]) -> Result<StsError, StsAnswerError> {
    let tree = Tree::parse(xml, Limits::MESSAGE)?;
    if !matches!(local_name(&tree, tree.root()), "ErrorResponse" | "Response") {
        return Err(StsAnswerError::NotSts);
    }
    let error = tree
        .elements()
        .find(|node| local_name(&tree, *node) == "Error")
        .ok_or(StsAnswerError::Element { name: "Error" })?;
    let child = |name: &str| {
        let node = tree
            .children(error)
            .find(|node| local_name(&tree, *node) == name)?;
        tree.value(node).ok()
    };
    let code = child("Code")
        .filter(|code| !code.is_empty() && code.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or(StsAnswerError::Element { name: "Code" })?;
    let request_id = tree
        .elements()
        .find(|node| local_name(&tree, *node).eq_ignore_ascii_case("RequestId"))
        .and_then(|node| tree.value(node).ok())
        .map(|id| one_line(&id, 100))
        .filter(|id| !id.is_empty());
    Ok(StsError {
        code: one_line(&code, 100),
        message: one_line(&child("Message").unwrap_or_default(), LONGEST_MESSAGE),
        request_id,
    })
}

fn local_name(tree: &Tree, node: NodeId) -> &str {
    tree.document()
        .element(node)
        .map_or("", |element| element.name.local_name.as_ref())
}

fn one(tree: &Tree, parent: NodeId, name: &'static str) -> Result<NodeId, StsAnswerError> {
    let mut found = tree.children_named(parent, NAMESPACE, name);
    match (found.next(), found.next()) {
        (Some(node), None) => Ok(node),
        _ => Err(StsAnswerError::Element { name }),
    }
}

fn plain(tree: &Tree, parent: NodeId, name: &'static str) -> Result<String, StsAnswerError> {
    let node = one(tree, parent, name)?;
    let value = tree
        .value(node)
        .map_err(|_| StsAnswerError::Value { name })?;
    if value.is_empty() {
        return Err(StsAnswerError::Element { name });
    }
    if value.len() > LONGEST_VALUE || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(StsAnswerError::Value { name });
    }
    Ok(value)
}

/// Foreign words that are shown: no control characters (terminals obey them, logs break at them), not without end.
fn one_line(text: &str, longest: usize) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    let line: String = text.chars().map(shown).collect();
    let cut: String = line.trim().chars().take(longest).collect();
    cut.trim_end().to_owned()
}

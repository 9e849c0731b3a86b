//! A role's trust policy: as much of IAM's policy language as federation with SAML needs. What it does not know it
//! refuses when it reads, so that the simulation never allows what a statement it skipped would have denied.

use serde::Deserialize;
use serde_json::Value;

use crate::model::{AccountId, Partition};

/// A role's trust policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPolicy {
    statements: Vec<Statement>,
}

/// Why a trust policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustPolicyError {
    /// Not a policy of the known form.
    #[error("the trust policy is not one that the simulation understands: {0}")]
    Form(#[from] serde_json::Error),
    /// A statement that denies.
    #[error("the simulation understands statements with the effect Allow only")]
    Effect,
    /// A condition other than the known ones.
    #[error(
        "the simulation understands StringEquals and StringLike on SAML:aud and SAML:iss, and not {0}"
    )]
    Condition(String),
}

/// What a trust policy decides about.
#[derive(Debug, Clone, Copy)]
pub(super) struct FederatedRequest<'a> {
    pub(super) provider_arn: &'a str,
    /// `SAML:aud`: the Recipient, not the Audience.
    pub(super) audience: &'a str,
    /// `SAML:iss`.
    pub(super) issuer: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    providers: Vec<String>,
    actions: Vec<String>,
    conditions: Vec<Condition>,
}

/// `StringEquals` or `StringLike`: one of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    key: ConditionKey,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equals,
    /// With `*` for any characters and `?` for one.
    Like,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ConditionKey {
    Audience,
    Issuer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PolicyDocument {
    #[serde(rename = "Version")]
    _version: String,
    statement: OneOrMany<StatementDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct StatementDocument {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: String,
    principal: PrincipalDocument,
    action: OneOrMany<String>,
    #[serde(default)]
    condition: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PrincipalDocument {
    federated: OneOrMany<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

impl TrustPolicy {
    /// Reads an `AssumeRolePolicyDocument`.
    ///
    /// # Errors
    /// [`TrustPolicyError`] for what is not understood.
    pub fn parse(json: &str) -> Result<Self, TrustPolicyError> {
        let document: PolicyDocument = serde_json::from_str(json)?;
        let statements = document
            .statement
            .into_vec()
            .into_iter()
            .map(Statement::read)
            .collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }

    /// The policy that AWS's guide gives for console sign-in with session tags and source identity.
    pub fn for_provider(partition: &Partition, account: &AccountId, provider: &str) -> Self {
        let provider_arn = format!(
            "arn:{}:iam::{account}:saml-provider/{provider}",
            partition.name
        );
        let actions = [
            "sts:AssumeRoleWithSAML",
            "sts:TagSession",
            "sts:SetSourceIdentity",
        ];
        Self {
            statements: vec![Statement {
                providers: vec![provider_arn],
                actions: actions.map(str::to_owned).to_vec(),
                conditions: vec![Condition {
                    key: ConditionKey::Audience,
                    operator: Operator::Equals,
                    values: vec![partition.sign_in_url.clone()],
                }],
            }],
        }
    }

    /// Whether some statement allows the action.
    pub(super) fn allows(&self, action: &str, request: &FederatedRequest<'_>) -> bool {
        self.statements
            .iter()
            .any(|statement| statement.allows(action, request))
    }
}

impl Statement {
    fn read(document: StatementDocument) -> Result<Self, TrustPolicyError> {
        if document.effect != "Allow" {
            return Err(TrustPolicyError::Effect);
        }
        let mut conditions = Vec::new();
        for (operator, block) in document.condition {
            let known = match operator.as_str() {
                "StringEquals" => Operator::Equals,
                "StringLike" => Operator::Like,
                _ => return Err(TrustPolicyError::Condition(operator)),
            };
            let Value::Object(keys) = block else {
                return Err(TrustPolicyError::Condition(operator));
            };
            for (key, values) in keys {
                conditions.push(Condition::read(&key, known, values)?);
            }
        }
        Ok(Self {
            providers: document.principal.federated.into_vec(),
            actions: document.action.into_vec(),
            conditions,
        })
    }

    fn allows(&self, action: &str, request: &FederatedRequest<'_>) -> bool {
        self.providers.iter().any(|p| p == request.provider_arn)
            && self.actions.iter().any(|a| a.eq_ignore_ascii_case(action))
            && self.conditions.iter().all(|c| c.holds(request))
    }
}

impl Condition {
    /// Condition keys are compared without regard to case.
    fn read(key: &str, operator: Operator, values: Value) -> Result<Self, TrustPolicyError> {
        let known = match key.to_ascii_lowercase().as_str() {
            "saml:aud" => ConditionKey::Audience,
            "saml:iss" => ConditionKey::Issuer,
            _ => return Err(TrustPolicyError::Condition(key.to_owned())),
        };
        let values: OneOrMany<String> = serde_json::from_value(values)?;
        Ok(Self {
            key: known,
            operator,
            values: values.into_vec(),
        })
    }

    fn holds(&self, request: &FederatedRequest<'_>) -> bool {
        let found = match self.key {
            ConditionKey::Audience => request.audience,
            ConditionKey::Issuer => request.issuer,
        };
        self.values.iter().any(|value| match self.operator {
            Operator::Equals => value == found,
            Operator::Like => is_like(value.as_bytes(), found.as_bytes()),
        })
    }
}

fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if is_like(rest, text) => true,
        (Some((b'*', _)), Some((_, behind))) => is_like(pattern, behind),
        (Some((b'?', rest)), Some((_, behind))) => is_like(rest, behind),
        (Some((wanted, rest)), Some((found, behind))) => wanted == found && is_like(rest, behind),
        _ => false,
    }
}

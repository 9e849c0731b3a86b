//! As much of CloudFormation as makes federation's roles: a template is applied to one account of the simulation, and its
//! SAML providers and roles are there from then on.

use serde_json::{Map, Value};

use super::{SimulatedAccount, SimulatedRole, TrustPolicy};
use crate::model::{AccountId, Span};

/// Why a template is not applied. Nothing of it is, then.
#[derive(Debug, thiserror::Error)]
pub(super) enum StackError {
    #[error("the account id must be twelve digits")]
    Account,
    #[error("the template is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the template has no Resources")]
    Resources,
    #[error(
        "{0}: the simulation makes AWS::IAM::SAMLProvider and AWS::IAM::Role alone, each with its name"
    )]
    Resource(String),
    #[error("{0}: {1}")]
    Trust(String, String),
}

/// Applies a template; the roles that were made, by path and name.
pub(super) fn apply(
    accounts: &mut Vec<SimulatedAccount>,
    (account, partition): (&str, &str),
    template: &str,
) -> Result<Vec<String>, StackError> {
    let id = AccountId::parse(account.trim()).map_err(|_| StackError::Account)?;
    let template: Value = serde_json::from_str(template)?;
    let resources = template.get("Resources").and_then(Value::as_object);
    let resources = resources.ok_or(StackError::Resources)?;
    let (mut providers, mut roles) = (Vec::new(), Vec::new());
    let words = Words {
        account: id.as_str(),
        partition,
        resources,
    };
    for (name, resource) in resources {
        let wrong = || StackError::Resource(name.clone());
        let properties = words.filled(resource.get("Properties").ok_or_else(wrong)?);
        let text = |key: &str| {
            properties
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        match resource.get("Type").and_then(Value::as_str) {
            Some("AWS::IAM::SAMLProvider") => providers.push(text("Name").ok_or_else(wrong)?),
            Some("AWS::IAM::Role") => {
                let trust = properties
                    .get("AssumeRolePolicyDocument")
                    .ok_or_else(wrong)?;
                let role_name = text("RoleName").ok_or_else(wrong)?;
                // A role that is not for federation has nothing to do here.
                if trust.pointer("/Statement/0/Principal/Federated").is_none() {
                    continue;
                }
                let trust_policy = TrustPolicy::parse(&trust.to_string())
                    .map_err(|error| StackError::Trust(name.clone(), error.to_string()))?;
                let path = text("Path").unwrap_or_default();
                let longest = properties.get("MaxSessionDuration").and_then(Value::as_i64);
                roles.push(SimulatedRole {
                    path_and_name: format!("{}{role_name}", path.trim_start_matches('/')),
                    max_session_duration: Span::seconds(longest.unwrap_or(3_600)),
                    trust_policy,
                });
            }
            _ => return Err(wrong()),
        }
    }
    let made = roles
        .iter()
        .map(|role| role.path_and_name.clone())
        .collect();
    let there = accounts.iter_mut().find(|account| account.id == id);
    match there {
        Some(account) => {
            account
                .saml_providers
                .retain(|name| !providers.contains(name));
            account.saml_providers.extend(providers);
            let is_new = |old: &SimulatedRole| {
                roles
                    .iter()
                    .all(|new| new.path_and_name != old.path_and_name)
            };
            account.roles.retain(is_new);
            account.roles.extend(roles);
        }
        None => accounts.push(SimulatedAccount {
            name: id.to_string(),
            id,
            saml_providers: providers,
            roles,
        }),
    }
    Ok(made)
}

/// What CloudFormation fills in.
struct Words<'a> {
    account: &'a str,
    partition: &'a str,
    resources: &'a Map<String, Value>,
}

impl Words<'_> {
    /// Every condition holds: the provider is made.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(fields) => {
                if let Some(Value::String(text)) = fields.get("Fn::Sub") {
                    let text = text.replace("${AWS::AccountId}", self.account);
                    return text.replace("${AWS::Partition}", self.partition).into();
                }
                if let Some(Value::Array(choice)) = fields.get("Fn::If") {
                    return choice
                        .get(1)
                        .map(|yes| self.filled(yes))
                        .unwrap_or_default();
                }
                if let Some(Value::String(name)) = fields.get("Ref") {
                    return self.referred(name);
                }
                let filled = fields
                    .iter()
                    .map(|(key, item)| (key.clone(), self.filled(item)));
                Value::Object(filled.collect())
            }
            other => other.clone(),
        }
    }

    /// A provider's reference is its ARN; what else may be referred to has no value here.
    fn referred(&self, name: &str) -> Value {
        let provider = self
            .resources
            .get(name)
            .and_then(|r| r.pointer("/Properties/Name"));
        match provider.and_then(Value::as_str) {
            Some(provider) => format!(
                "arn:{}:iam::{}:saml-provider/{provider}",
                self.partition, self.account
            )
            .into(),
            None => Value::Null,
        }
    }
}

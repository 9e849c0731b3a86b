//! A CloudFormation template (resource types AWS::IAM::SAMLProvider and AWS::IAM::Role).
//!
//! Account and partition are CloudFormation's own words, so that one template serves a stack and a StackSet.

use serde_json::{Map, Value, json};

use super::documents::{
    description, emergency_trust_policy, inline_policy, max_session_duration, tags, trust_policy,
};
use super::{EMERGENCY_PATH, EMERGENCY_ROLE, INLINE_POLICY, RolePlan, RolePlanError};
use crate::model::{PermissionSet, PermissionsBoundary};

pub(super) fn write(plan: &RolePlan<'_>) -> Result<String, RolePlanError> {
    let there = sub(&format!(
        "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:saml-provider/{}",
        plan.provider_name
    ));
    // The reference makes the roles wait for the provider.
    let provider = json!({ "Fn::If": ["MakeProvider", { "Ref": "SamlProvider" }, there] });
    let mut resources = Map::new();
    resources.insert(
        "SamlProvider".to_owned(),
        json!({
            "Type": "AWS::IAM::SAMLProvider",
            "Condition": "MakeProvider",
            "Properties": {
                "Name": plan.provider_name,
                "SamlMetadataDocument": plan.metadata,
            },
        }),
    );
    for set in &plan.permission_sets {
        let resource = role(set, trust_policy(plan.partition, &provider))?;
        resources.insert(logical_id(set), resource);
    }
    resources.insert("EmergencyRole".to_owned(), emergency());
    let about = match plan.account {
        Some(account) => format!("Signet's SAML provider and roles in {account}"),
        None => "Signet's SAML provider and roles".to_owned(),
    };
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": about,
        "Parameters": {
            "CreateProvider": {
                "Type": "String",
                "AllowedValues": ["yes", "no"],
                "Default": "yes",
                "Description": "no: the account has a SAML provider of this name already",
            },
            "EmergencyPrincipalArn": {
                "Type": "String",
                "Default": "",
                "Description": "Who may take the emergency role, with a second factor of AWS's, as an IAM user's ARN; empty: there is none",
            },
        },
        "Conditions": {
            "MakeProvider": { "Fn::Equals": [{ "Ref": "CreateProvider" }, "yes"] },
            "HasEmergencyPrincipal": {
                "Fn::Not": [{ "Fn::Equals": [{ "Ref": "EmergencyPrincipalArn" }, ""] }],
            },
        },
        "Resources": resources,
    });
    Ok(format!("{template:#}\n"))
}

fn role(set: &PermissionSet, trust: Value) -> Result<Value, RolePlanError> {
    let (path, name) = set.role_path_and_name();
    let content = &set.role;
    let managed = content.managed_policies.iter().map(|name| aws_policy(name));
    let customer = content
        .customer_policies
        .iter()
        .map(|name| own_policy(name));
    let arns: Vec<Value> = managed.chain(customer).collect();
    let mut properties = Map::new();
    let mut put = |key: &str, value: Value| properties.insert(key.to_owned(), value);
    put("RoleName", name.into());
    put("Path", path.into());
    put("Description", description(set).into());
    put("AssumeRolePolicyDocument", trust);
    put("MaxSessionDuration", max_session_duration(set).into());
    if !arns.is_empty() {
        put("ManagedPolicyArns", arns.into());
    }
    if let Some(policy) = inline_policy(set)? {
        put(
            "Policies",
            json!([{ "PolicyName": INLINE_POLICY, "PolicyDocument": policy }]),
        );
    }
    match &content.boundary {
        Some(PermissionsBoundary::Managed(name)) => put("PermissionsBoundary", aws_policy(name)),
        Some(PermissionsBoundary::Customer(name)) => put("PermissionsBoundary", own_policy(name)),
        None => None,
    };
    let tags = tags(set).into_iter();
    let tags: Vec<Value> = tags
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    put("Tags", tags.into());
    Ok(json!({
        "Type": "AWS::IAM::Role",
        "Properties": properties,
    }))
}

fn emergency() -> Value {
    let principal = json!({ "Ref": "EmergencyPrincipalArn" });
    json!({
        "Type": "AWS::IAM::Role",
        "Condition": "HasEmergencyPrincipal",
        "Properties": {
            "RoleName": EMERGENCY_ROLE,
            "Path": EMERGENCY_PATH,
            "Description": "The way in when Signet is away",
            "AssumeRolePolicyDocument": emergency_trust_policy(&principal),
            "MaxSessionDuration": 3600,
            "ManagedPolicyArns": [aws_policy("AdministratorAccess")],
        },
    })
}

fn sub(text: &str) -> Value {
    json!({ "Fn::Sub": text })
}

fn aws_policy(name: &str) -> Value {
    sub(&format!("arn:${{AWS::Partition}}:iam::aws:policy/{name}"))
}

fn own_policy(name: &str) -> Value {
    sub(&format!(
        "arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{name}"
    ))
}

/// Letters and digits alone, and the same for ever: another one would be another role.
fn logical_id(set: &PermissionSet) -> String {
    let plain: String = set
        .id
        .as_str()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    format!("Role{plain}")
}

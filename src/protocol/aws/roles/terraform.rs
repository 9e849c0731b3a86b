//! Terraform: HCL with every text quoted, so that nothing of a policy is taken for a template (`${..}`, `%{..}`).

use std::fmt::Write as _;

use serde_json::Value;

use super::documents::{
    description, emergency_trust_policy, inline_policy, max_session_duration, tags, trust_policy,
};
use super::{EMERGENCY_PATH, EMERGENCY_ROLE, INLINE_POLICY, RolePlan, RolePlanError};
use crate::model::{PermissionSet, PermissionsBoundary};

/// Stands for the provider's ARN in a document, until it is written as a reference.
const PROVIDER: &str = "signet-provider-arn";
/// The same of who may take the emergency role.
const EMERGENCY: &str = "signet-emergency-principal";

pub(super) fn write(plan: &RolePlan<'_>) -> Result<String, RolePlanError> {
    let mut out = String::from(HEAD);
    line(&mut out, "resource \"aws_iam_saml_provider\" \"signet\" {");
    line(
        &mut out,
        &format!("  name                   = {}", quoted(plan.provider_name)),
    );
    line(
        &mut out,
        &format!("  saml_metadata_document = {}", quoted(plan.metadata)),
    );
    if let Some(account) = plan.account {
        line(&mut out, &check_account(account.as_str()));
    }
    line(&mut out, "}\n");
    let trust = trust_policy(plan.partition, &Value::from(PROVIDER));
    for set in &plan.permission_sets {
        role(&mut out, set, &trust)?;
    }
    emergency(&mut out);
    Ok(out)
}

/// Only where somebody is named who may take it.
fn emergency(out: &mut String) {
    let trust = document(&emergency_trust_policy(&Value::from(EMERGENCY)));
    let (name, path) = (quoted(EMERGENCY_ROLE), quoted(EMERGENCY_PATH));
    let policy = aws_policy("AdministratorAccess");
    line(
        out,
        &format!(
            "resource \"aws_iam_role\" \"emergency\" {{
  count                = var.emergency_principal_arn == \"\" ? 0 : 1
  name                 = {name}
  path                 = {path}
  description          = \"The way in when Signet is away\"
  max_session_duration = 3600
  assume_role_policy   = {trust}
}}

resource \"aws_iam_role_policy_attachment\" \"emergency\" {{
  count      = var.emergency_principal_arn == \"\" ? 0 : 1
  role       = aws_iam_role.emergency[0].name
  policy_arn = {policy}
}}
"
        ),
    );
}

const HEAD: &str = r#"# Signet's SAML provider and roles. Made by Signet; make it anew rather than change it here.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

variable "emergency_principal_arn" {
  type        = string
  default     = ""
  description = "Who may take the emergency role, with a second factor of AWS's, as an IAM user's ARN; empty: there is none"
}

"#;

fn check_account(account: &str) -> String {
    format!(
        "  lifecycle {{
    precondition {{
      condition     = data.aws_caller_identity.current.account_id == \"{account}\"
      error_message = \"These roles are for the account {account}.\"
    }}
  }}"
    )
}

fn role(out: &mut String, set: &PermissionSet, trust: &Value) -> Result<(), RolePlanError> {
    let (path, role_name) = set.role_path_and_name();
    // The same for ever: another name would be another role.
    let name = format!("role_{}", set.id);
    line(out, &format!("resource \"aws_iam_role\" \"{name}\" {{"));
    line(
        out,
        &format!("  name                 = {}", quoted(role_name)),
    );
    line(out, &format!("  path                 = {}", quoted(&path)));
    line(
        out,
        &format!("  description          = {}", quoted(&description(set))),
    );
    line(
        out,
        &format!("  max_session_duration = {}", max_session_duration(set)),
    );
    line(
        out,
        &format!("  assume_role_policy   = {}", document(trust)),
    );
    match &set.role.boundary {
        Some(PermissionsBoundary::Managed(policy)) => {
            line(
                out,
                &format!("  permissions_boundary = {}", aws_policy(policy)),
            );
        }
        Some(PermissionsBoundary::Customer(policy)) => {
            line(
                out,
                &format!("  permissions_boundary = {}", own_policy(policy)),
            );
        }
        None => {}
    }
    line(out, "  tags = {");
    for (key, value) in tags(set) {
        line(out, &format!("    {} = {}", quoted(&key), quoted(&value)));
    }
    line(out, "  }\n}\n");
    let managed = set.role.managed_policies.iter().map(|p| aws_policy(p));
    let customer = set.role.customer_policies.iter().map(|p| own_policy(p));
    for (nth, arn) in managed.chain(customer).enumerate() {
        attach(out, &name, nth, &arn);
    }
    if let Some(policy) = inline_policy(set)? {
        line(
            out,
            &format!("resource \"aws_iam_role_policy\" \"{name}\" {{"),
        );
        line(out, &format!("  name   = {}", quoted(INLINE_POLICY)));
        line(out, &format!("  role   = aws_iam_role.{name}.name"));
        line(out, &format!("  policy = {}", document(&policy)));
        line(out, "}\n");
    }
    Ok(())
}

fn attach(out: &mut String, role: &str, nth: usize, arn: &str) {
    line(
        out,
        &format!(
            "resource \"aws_iam_role_policy_attachment\" \"{role}_{nth:02}\" {{
  role       = aws_iam_role.{role}.name
  policy_arn = {arn}
}}
"
        ),
    );
}

fn aws_policy(name: &str) -> String {
    format!("\"arn:${{data.aws_partition.current.partition}}:iam::aws:policy/{name}\"")
}

fn own_policy(name: &str) -> String {
    format!(
        "\"arn:${{data.aws_partition.current.partition}}:iam::${{data.aws_caller_identity.current.account_id}}:policy/{name}\""
    )
}

/// JSON by way of `jsonencode`, with our own references put in.
fn document(value: &Value) -> String {
    let mut text = String::from("jsonencode(");
    expression(&mut text, value, 1);
    text.push(')');
    text
}

fn expression(out: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth.saturating_add(1));
    let end = "  ".repeat(depth);
    match value {
        Value::String(text) if text == PROVIDER => out.push_str("aws_iam_saml_provider.signet.arn"),
        Value::String(text) if text == EMERGENCY => out.push_str("var.emergency_principal_arn"),
        Value::String(text) => out.push_str(&quoted(text)),
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                out.push_str(&indent);
                expression(out, item, depth.saturating_add(1));
                out.push_str(",\n");
            }
            out.push_str(&end);
            out.push(']');
        }
        Value::Object(fields) => {
            out.push_str("{\n");
            for (key, item) in fields {
                out.push_str(&indent);
                out.push_str(&quoted(key));
                out.push_str(" = ");
                expression(out, item, depth.saturating_add(1));
                out.push('\n');
            }
            out.push_str(&end);
            out.push('}');
        }
        // The same words in both.
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

/// A quoted template without anything for Terraform to fill in (HCL, "Template expressions").
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

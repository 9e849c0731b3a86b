//! A script for bash and the AWS command line. Every value stands in single quotes or in a quoted here-document.

use serde_json::Value;

use super::documents::{
    description, emergency_trust_policy, inline_policy, max_session_duration, tags, trust_policy,
};
use super::{EMERGENCY_PATH, EMERGENCY_ROLE, INLINE_POLICY, RolePlan, RolePlanError};
use crate::model::{PermissionSet, PermissionsBoundary};

/// No line of JSON or of our metadata is this.
const END: &str = "SIGNET_END_OF_FILE";

pub(super) fn write(plan: &RolePlan<'_>) -> Result<String, RolePlanError> {
    let partition = &plan.partition.name;
    let mut out = String::from(HEAD);
    if let Some(account) = plan.account {
        out.push_str(&format!(
            "[ \"$account\" = {account} ] || {{ echo \"these roles are for the account {account}; the AWS command line is in $account\" >&2; exit 1; }}\n"
        ));
    }
    let prefix = format!("arn:{partition}:iam::$account:");
    out.push_str(&format!(
        "provider=\"{prefix}saml-provider/{}\"\n",
        plan.provider_name
    ));
    file(&mut out, "metadata.xml", plan.metadata);
    out.push_str(&PROVIDER.replace("NAME", &quoted(plan.provider_name)));
    for set in &plan.permission_sets {
        role(&mut out, plan, &prefix, set)?;
    }
    emergency(&mut out, partition);
    Ok(out)
}

/// Only where somebody is named who may take it.
fn emergency(out: &mut String, partition: &str) {
    let trust = emergency_trust_policy(&Value::from("$emergency")).to_string();
    let (name, path) = (quoted(EMERGENCY_ROLE), quoted(EMERGENCY_PATH));
    out.push_str(
        "\nemergency=${SIGNET_EMERGENCY_PRINCIPAL_ARN:-}\nif [ -n \"$emergency\" ]; then\n",
    );
    out.push_str(&format!(
        "echo {} >&2\n",
        quoted(&format!("role {EMERGENCY_ROLE}"))
    ));
    let trust = escaped(&trust).replace(r"\$emergency", "$emergency");
    out.push_str(&format!(
        "cat > \"$work/trust.json\" <<{END}\n{trust}\n{END}\n"
    ));
    out.push_str(&format!(
        "role {name} {path} 3600 'The way in when Signet is away' ''\npolicies {name} \"arn:{partition}:iam::aws:policy/AdministratorAccess\"\n{TAG_EMERGENCY}\nfi\n"
    ));
}

const TAG_EMERGENCY: &str =
    "aws iam tag-role --role-name SignetEmergency --tags Key=signet:permission-set,Value=none";

const HEAD: &str = r#"#!/usr/bin/env bash
# Signet's SAML provider and roles. Made by Signet. It may be run again: it makes what is not there and changes the rest.
# SIGNET_EMERGENCY_PRINCIPAL_ARN names an IAM user who may take the emergency role; without it there is none.
set -euo pipefail
account=$(aws sts get-caller-identity --query Account --output text)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# role NAME PATH MAX_SESSION_SECONDS DESCRIPTION BOUNDARY: with the trust policy of trust.json. A role of this name that Signet did
# not make stays as it is, and ends this.
role() {
  if there=$(aws iam get-role --role-name "$1" --query 'Role.Path' --output text 2>/dev/null); then
    tag=$(aws iam list-role-tags --role-name "$1" --query "Tags[?Key=='signet:permission-set'].Key" --output text)
    if [ "$there" != "$2" ] || [ -z "$tag" ]; then
      echo "the account has a role $there$1 that Signet did not make: rename it, or give the permission set another role" >&2
      exit 1
    fi
    aws iam update-role --role-name "$1" --max-session-duration "$3" --description "$4" >/dev/null
    aws iam update-assume-role-policy --role-name "$1" --policy-document "file://$work/trust.json"
    if [ -n "$5" ]; then aws iam put-role-permissions-boundary --role-name "$1" --permissions-boundary "$5"
    else aws iam delete-role-permissions-boundary --role-name "$1" 2>/dev/null || true; fi
  else
    aws iam create-role --role-name "$1" --path "$2" --max-session-duration "$3" --description "$4" \
      --assume-role-policy-document "file://$work/trust.json" ${5:+--permissions-boundary "$5"} \
      --tags Key=signet:permission-set,Value=new >/dev/null
  fi
}

# policies NAME ARN..: these, and no others
policies() {
  name=$1; shift
  for arn in $(aws iam list-attached-role-policies --role-name "$name" --query 'AttachedPolicies[].PolicyArn' --output text); do
    case " $* " in *" $arn "*) ;; *) aws iam detach-role-policy --role-name "$name" --policy-arn "$arn" ;; esac
  done
  for arn in "$@"; do aws iam attach-role-policy --role-name "$name" --policy-arn "$arn"; done
}

"#;

const PROVIDER: &str = r#"
if aws iam get-saml-provider --saml-provider-arn "$provider" >/dev/null 2>&1; then
  aws iam update-saml-provider --saml-provider-arn "$provider" --saml-metadata-document "file://$work/metadata.xml" >/dev/null
else
  aws iam create-saml-provider --name NAME --saml-metadata-document "file://$work/metadata.xml" >/dev/null
fi
"#;

fn role(
    out: &mut String,
    plan: &RolePlan<'_>,
    prefix: &str,
    set: &PermissionSet,
) -> Result<(), RolePlanError> {
    let (path, name) = set.role_path_and_name();
    let partition = &plan.partition.name;
    let aws = |policy: &String| format!("\"arn:{partition}:iam::aws:policy/{policy}\"");
    let own = |policy: &String| format!("\"{prefix}policy/{policy}\"");
    let boundary = match &set.role.boundary {
        None => "''".to_owned(),
        Some(PermissionsBoundary::Managed(policy)) => aws(policy),
        Some(PermissionsBoundary::Customer(policy)) => own(policy),
    };
    let provider = format!("{prefix}saml-provider/{}", plan.provider_name);
    let trust = trust_policy(plan.partition, &Value::from(provider));
    let (name, path) = (quoted(name), quoted(&path));
    out.push_str(&format!(
        "\necho {} >&2\n",
        quoted(&format!("role {}", set.role_path))
    ));
    filled_file(out, "trust.json", &trust.to_string());
    out.push_str(&format!(
        "role {name} {path} {} {} {boundary}\n",
        max_session_duration(set),
        quoted(&description(set)),
    ));
    let managed = set.role.managed_policies.iter().map(aws);
    let arns: Vec<String> = managed
        .chain(set.role.customer_policies.iter().map(own))
        .collect();
    out.push_str(format!("policies {name} {}", arns.join(" ")).trim_end());
    out.push('\n');
    match inline_policy(set)? {
        Some(policy) => {
            file(out, "inline.json", &policy.to_string());
            out.push_str(&format!(
                "aws iam put-role-policy --role-name {name} --policy-name {INLINE_POLICY} --policy-document \"file://$work/inline.json\"\n"
            ));
        }
        None => out.push_str(&format!(
            "aws iam delete-role-policy --role-name {name} --policy-name {INLINE_POLICY} 2>/dev/null || true\n"
        )),
    }
    let tags: Vec<Value> = tags(set)
        .into_iter()
        .map(|(key, value)| serde_json::json!({ "Key": key, "Value": value }))
        .collect();
    file(out, "tags.json", &Value::from(tags).to_string());
    out.push_str(&format!(
        "aws iam tag-role --role-name {name} --tags \"file://$work/tags.json\"\n"
    ));
    Ok(())
}

/// As it stands.
fn file(out: &mut String, name: &str, content: &str) {
    out.push_str(&format!(
        "cat > \"$work/{name}\" <<'{END}'\n{content}\n{END}\n"
    ));
}

/// With the account filled in by the shell, and nothing else.
fn filled_file(out: &mut String, name: &str, content: &str) {
    let content = content
        .replace('\\', r"\\")
        .replace('`', r"\`")
        .replace('$', r"\$");
    let content = content.replace(r"\$account", "$account");
    out.push_str(&format!(
        "cat > \"$work/{name}\" <<{END}\n{content}\n{END}\n"
    ));
}

/// What the shell would fill in within a here-document.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('`', r"\`")
        .replace('$', r"\$")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

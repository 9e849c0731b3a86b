//! CloudTrail's shape, as IAM Identity Center writes it since July 2025 (aws.md 8.1): `onBehalfOf` in place of a user name.

use serde_json::{Map, Value, json};

use super::{is_failure, subject};
use crate::audit::RecordedActor;
use crate::audit::viewer::SeenRecord;

const SIGN_IN: &str = "signin.amazonaws.com";
const SSO: &str = "sso.amazonaws.com";
const DIRECTORY: &str = "sso-directory.amazonaws.com";

/// The events that AWS's own service has under a name: kind, source, name, type of credential.
const KNOWN: [(&str, &str, &str, &str); 33] = [
    (
        "sign_in.password_verified",
        SIGN_IN,
        "CredentialVerification",
        "PASSWORD",
    ),
    (
        "sign_in.password_refused",
        SIGN_IN,
        "CredentialVerification",
        "PASSWORD",
    ),
    (
        "sign_in.second_factor_verified",
        SIGN_IN,
        "CredentialVerification",
        "TOTP",
    ),
    (
        "sign_in.second_factor_refused",
        SIGN_IN,
        "CredentialVerification",
        "TOTP",
    ),
    ("sign_in.begun", SIGN_IN, "CredentialChallenge", "PASSWORD"),
    (
        "sign_in.completed",
        SIGN_IN,
        "UserAuthentication",
        "PASSWORD,TOTP",
    ),
    ("session.signed_out", SSO, "Logout", ""),
    ("aws_assertion.issued", SSO, "Federate", ""),
    ("assertion.issued", SSO, "Federate", ""),
    ("tokens.issued", SSO, "CreateToken", ""),
    ("user.created", DIRECTORY, "CreateUser", ""),
    ("user.updated", DIRECTORY, "UpdateUser", ""),
    ("user.disabled", DIRECTORY, "DisableUser", ""),
    ("user.suspended", DIRECTORY, "DisableUser", ""),
    ("user.enabled", DIRECTORY, "EnableUser", ""),
    ("user.deleted", DIRECTORY, "DeleteUser", ""),
    ("group.created", DIRECTORY, "CreateGroup", ""),
    ("group.updated", DIRECTORY, "UpdateGroup", ""),
    ("group.deleted", DIRECTORY, "DeleteGroup", ""),
    ("membership.added", DIRECTORY, "AddMemberToGroup", ""),
    ("membership.removed", DIRECTORY, "RemoveMemberFromGroup", ""),
    ("password.set", DIRECTORY, "UpdatePassword", ""),
    (
        "totp.enrolled",
        DIRECTORY,
        "CompleteVirtualMfaDeviceRegistration",
        "",
    ),
    ("totp.removed", DIRECTORY, "DeleteMfaDeviceForUser", ""),
    (
        "passkey.added",
        DIRECTORY,
        "CompleteWebAuthnDeviceRegistration",
        "",
    ),
    ("passkey.removed", DIRECTORY, "DeleteMfaDeviceForUser", ""),
    ("permission_set.created", SSO, "CreatePermissionSet", ""),
    ("permission_set.updated", SSO, "UpdatePermissionSet", ""),
    ("permission_set.deleted", SSO, "DeletePermissionSet", ""),
    (
        "account_assignment.added",
        SSO,
        "CreateAccountAssignment",
        "",
    ),
    (
        "account_assignment.removed",
        SSO,
        "DeleteAccountAssignment",
        "",
    ),
    ("application.created", SSO, "CreateApplication", ""),
    ("application.deleted", SSO, "DeleteApplication", ""),
];

pub(in crate::audit) fn cloudtrail(seen: &SeenRecord, issuer: &str) -> Value {
    let known = KNOWN.iter().find(|(kind, ..)| *kind == seen.kind);
    let (source, name, credential) = match known {
        Some((_, source, name, credential)) => (*source, (*name).to_owned(), *credential),
        // AWS has no name for it: ours, in AWS's spelling.
        None => ("signet", pascal(&seen.kind), ""),
    };
    let outcome = if is_failure(&seen.kind) {
        "Failure"
    } else {
        "Success"
    };
    let mut extra = Map::new();
    extra.insert("AuthWorkflowID".to_owned(), seen.request_id.clone().into());
    if !credential.is_empty() {
        extra.insert("CredentialType".to_owned(), credential.into());
    }
    if let Some(agent) = seen
        .event
        .get("user_agent")
        .filter(|agent| agent.is_string())
    {
        extra.insert("UserAgent".to_owned(), agent.clone());
    }
    let mut parameters = seen.event.clone();
    if let Value::Object(fields) = &mut parameters {
        fields.remove("kind");
    }
    json!({
        "additionalEventData": extra,
        "awsRegion": "global",
        "eventCategory": "Management",
        "eventID": seen.id,
        "eventName": name,
        "eventSource": source,
        "eventTime": seen.at.to_xs_date_time(),
        "eventType": "AwsServiceEvent",
        "eventVersion": "1.08",
        "managementEvent": true,
        "readOnly": false,
        "recipientAccountId": seen.event.get("account_id"),
        "requestID": seen.request_id,
        "requestParameters": parameters,
        "responseElements": null,
        "serviceEventDetails": { name: outcome },
        "sourceIPAddress": seen.remote_addr.as_deref().unwrap_or("signet"),
        "userAgent": seen.event.get("user_agent"),
        "userIdentity": identity(seen, issuer),
    })
}

fn identity(seen: &SeenRecord, issuer: &str) -> Value {
    match (&seen.actor, subject(seen)) {
        (RecordedActor::Host { name } | RecordedActor::Job { name }, _) => {
            json!({ "type": "AWSService", "invokedBy": format!("signet {name}") })
        }
        (_, Some(user_id)) => json!({
            "type": "IdentityCenterUser",
            "onBehalfOf": { "userId": user_id, "identityStoreArn": issuer },
            "credentialId": seen.request_id,
        }),
        (_, None) => json!({ "type": "Unknown" }),
    }
}

/// `change.refused` as `ChangeRefused`.
fn pascal(kind: &str) -> String {
    let words = kind.split(['.', '_']);
    words
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

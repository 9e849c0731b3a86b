//! How sessions in AWS are cut short that have begun: a statement that denies everything to whoever carries a source
//! identity and began before a time (IAM user guide, "Revoking IAM role temporary security credentials"; aws.md 7).

use serde_json::json;

use crate::model::Timestamp;

/// A policy for a role or, in an organization, for accounts: nothing for this person's sessions of before.
pub fn deny_sessions(source_identity: &str, before: Timestamp) -> String {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceIdentity": source_identity },
                "DateLessThan": { "aws:TokenIssueTime": before.to_rfc3339() },
            },
        }],
    });
    format!("{policy:#}")
}

//! How sessions in AWS are cut short that have begun: a statement that denies everything to whoever carries a source
//! identity and began before a time (IAM user guide, "Revoking IAM role temporary security credentials"; aws.md 7).

use serde_json::json;

use crate::model::{Span, Timestamp};

/// A policy for a role or, in an organization, for accounts: nothing for this person's sessions of before.
pub fn deny_sessions(source_identity: &str, before: Timestamp) -> String {
    // An assertion that left a moment ago may be redeemed for five minutes, by a clock that is not ours.
    let whole = before.plus(Span::minutes(6));
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringEquals": { "aws:SourceIdentity": source_identity },
                "DateLessThan": { "aws:TokenIssueTime": whole.to_xs_date_time() },
            },
        }],
    });
    format!("{policy:#}")
}

//! What AWS will refuse, and who can administer.

use super::finding::Finding;
use super::instance::{Instance, Organisation};
use crate::apps::partitions_with;

/// AWS's limits of SessionDuration (AssumeRoleWithSAML).
const DURATIONS: std::ops::RangeInclusive<u32> = 900..=43_200;

/// Accounts, permission sets, administrators.
pub(super) fn check(instance: &Instance) -> Vec<Finding> {
    match &instance.organisation {
        None => Vec::new(),
        Some(Err(error)) => vec![Finding::broken(
            "ORGANISATION",
            "the organisation",
            (
                error.to_string(),
                "restore the database from the last backup",
            ),
        )],
        Some(Ok(organisation)) => {
            let mut findings = partitions(instance, organisation);
            findings.extend(durations(organisation));
            findings.push(administrators(organisation));
            findings
        }
    }
}

fn partitions(instance: &Instance, organisation: &Organisation) -> Vec<Finding> {
    let known = partitions_with(&instance.config.aws.partitions);
    let names: Vec<&str> = known.iter().map(|p| p.name.as_str()).collect();
    let lost = organisation
        .accounts
        .iter()
        .filter(|account| !names.contains(&account.partition.as_str()));
    let mut findings: Vec<Finding> = lost
        .map(|account| {
            Finding::broken(
                "ACCOUNT_PARTITION",
                format!("account {}", account.id),
                (
                    format!(
                        "its partition \"{}\" is not configured, so nobody can open it",
                        account.partition
                    ),
                    format!(
                        "add the partition to aws.partitions, or set the account's to one of {}",
                        names.join(", ")
                    ),
                ),
            )
        })
        .collect();
    if findings.is_empty() {
        let count = organisation.accounts.len();
        let cause = format!("{count} accounts, each in a known partition");
        findings.push(Finding::ok("ACCOUNTS", "AWS accounts", cause));
    }
    findings
}

fn durations(organisation: &Organisation) -> Vec<Finding> {
    let wrong = organisation
        .permission_sets
        .iter()
        .filter(|set| !DURATIONS.contains(&set.session_duration_seconds));
    wrong
        .map(|set| {
            Finding::broken(
                "PERMISSION_SET_DURATION",
                format!("permission set {}", set.name),
                (
                    format!(
                        "its session of {} seconds is one that AWS refuses",
                        set.session_duration_seconds
                    ),
                    "set session_duration_seconds between 900 and 43200 with `signet config apply`",
                ),
            )
        })
        .collect()
}

fn administrators(organisation: &Organisation) -> Finding {
    let subject = "administrators";
    let active = &organisation.administrators;
    if active.is_empty() {
        let fix = "give somebody admin_role = \"administrator\" with `signet config apply`, then: signet admin recover --user NAME";
        let cause = "nobody who is active can administer";
        return Finding::broken("ADMINISTRATOR_MISSING", subject, (cause, fix));
    }
    if active.iter().any(|(_, enrolled)| enrolled.totp) {
        return Finding::ok(
            "ADMINISTRATORS",
            subject,
            "one or more with a second factor",
        );
    }
    let names: Vec<&str> = active
        .iter()
        .map(|(user, _)| user.user_name.as_str())
        .collect();
    Finding::warning(
        "ADMINISTRATOR_FACTOR",
        subject,
        (
            format!(
                "{} can administer, without a second factor",
                names.join(", ")
            ),
            "sign in as one of them and set up an authenticator app; for a new link: signet admin recover --user NAME",
        ),
    )
}

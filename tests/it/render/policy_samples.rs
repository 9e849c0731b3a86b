//! The console's pages about policies and of the audit, filled in as the others.

use signet::render::{
    AuditDownload, AuditPage, AuditRow, FactorChoice, PoliciesPage, PolicyForm, PolicyRow,
    SimulatorForm, Verdict,
};

use super::samples::Sampler;

/// Of what a policy may be.
pub(super) const SCOPES: [&str; 4] = ["global", "group", "application", "permission_set"];

/// What the simulator may say.
pub(super) const VERDICTS: [&str; 15] = [
    "allowed",
    "allowed-aws",
    "first-factor",
    "second-factor",
    "reauthenticate",
    "enroll",
    "set-credential",
    "user-disabled",
    "not-assigned",
    "target-disabled",
    "target-unknown",
    "no-authn-context",
    "aws-too-short",
    "network",
    "no-factor",
];

/// What a policy may allow.
pub(super) const FACTORS: [&str; 5] = [
    "passkey",
    "password",
    "security_key",
    "totp",
    "recovery_code",
];

impl Sampler<'_> {
    pub(super) fn audit(&mut self) {
        let row = |is_failure| AuditRow {
            at: self.text(),
            kind: self.text(),
            actor: self.text(),
            about: if is_failure {
                self.text()
            } else {
                String::new()
            },
            remote_addr: if is_failure {
                self.text()
            } else {
                String::new()
            },
            request_id: self.text(),
            detail: self.text(),
            is_failure,
        };
        let rows = vec![row(false), row(true)];
        for rows in [Vec::new(), rows] {
            let is_empty = rows.is_empty();
            let problem = is_empty.then(|| self.console_problems().pop().unwrap());
            let download = |name| AuditDownload {
                name,
                href: self.text(),
            };
            self.add(&AuditPage {
                console: self.console("audit"),
                action: self.text(),
                kind: self.text(),
                user: self.text(),
                from: self.text(),
                until: self.text(),
                next: Some(self.text()),
                is_further: is_empty,
                downloads: ["native", "ocsf"].map(download).to_vec(),
                rows,
                problem: problem.flatten(),
            });
        }
    }

    pub(super) fn policies(&mut self) {
        let rules = |assurance| PolicyForm {
            assurance,
            factors: FACTORS
                .map(|word| FactorChoice {
                    word,
                    is_chosen: assurance != "one",
                })
                .to_vec(),
            networks: self.text(),
            age: self.text(),
            application_session: self.text(),
            aws_session: self.text(),
            passes: match assurance {
                "" => None,
                "one" => Some(Vec::new()),
                _ => Some(vec![self.text(), self.text()]),
            },
        };
        let rows = SCOPES
            .into_iter()
            .zip(["", "one", "two", "phishing_resistant"]);
        let rows = rows.map(|(kind, assurance)| PolicyRow {
            kind,
            name: if kind == "global" {
                String::new()
            } else {
                self.text()
            },
            rules: rules(assurance),
        });
        let rows: Vec<_> = rows.collect();
        let mut verdicts: Vec<_> = VERDICTS.into_iter().map(Some).collect();
        verdicts.push(None);
        for (n, key) in verdicts.into_iter().enumerate() {
            let policies = if n % 2 == 0 { rows.clone() } else { Vec::new() };
            let problem = key
                .is_none()
                .then(|| self.console_problems().pop().unwrap());
            self.add(&PoliciesPage {
                console: self.console("policies"),
                action: self.text(),
                scopes: self.choices(3),
                types_group: true,
                group: self.text(),
                form: rows[n % 4].rules.clone(),
                simulator: SimulatorForm {
                    user: self.text(),
                    targets: self.choices(3),
                    accounts: self.choices(n % 3),
                    sets: self.choices(n % 3),
                    proved: ["nothing", "password", "both", "passkey"][n % 4],
                    from: self.text(),
                },
                verdict: key.map(|key| Verdict {
                    key,
                    minutes: 15,
                    because: policies.clone(),
                }),
                policies,
                problem: problem.flatten(),
            });
        }
    }
}

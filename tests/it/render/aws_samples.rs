//! The console's pages about AWS, filled in as the others.

use signet::render::{
    AccountActions, AccountForm, AssignPage, AssignResult, AssignmentRow, AwsAccountPage,
    AwsAccountRow, AwsLinks, AwsPage, Choice, Console, PermissionSetForm, PermissionSetPage,
    PermissionSetRow, ReachPage, ReachRow, RoleState, RolesForm, RolesPage, TagRow,
};

use super::console_samples::STATES;
use super::samples::Sampler;

/// By what people tell accounts apart.
pub(super) const COLOURS: [&str; 6] = ["none", "red", "amber", "green", "blue", "violet"];

/// What AWS may have said of a role.
pub(super) const ROLE_STATES: [&str; 3] = ["unknown", "in-place", "missing"];

/// The forms of what an account must have.
pub(super) const FORMS: [&str; 3] = ["cloudformation", "terraform", "script"];

/// What may become of an assignment.
pub(super) const ASSIGNED: [&str; 3] = ["made", "was-there", "refused"];

impl Sampler<'_> {
    pub(super) fn choices(&self, count: usize) -> Vec<Choice> {
        let choice = |n: usize| Choice {
            value: self.text(),
            name: self.text(),
            is_chosen: n == 0,
        };
        (0..count).map(choice).collect()
    }

    fn account_row(
        &self,
        colour: &'static str,
        (in_place, missing): (usize, usize),
    ) -> AwsAccountRow {
        AwsAccountRow {
            href: self.text(),
            id: self.text(),
            name: self.text(),
            path: self.text(),
            labels: vec![self.text(); in_place],
            colour,
            roles: in_place + missing,
            in_place,
            missing,
        }
    }

    fn account_form(&self) -> AccountForm {
        let colours = COLOURS.iter().map(|colour| Choice {
            value: (*colour).to_owned(),
            name: self.text(),
            is_chosen: *colour == "red",
        });
        AccountForm {
            id: self.text(),
            name: self.text(),
            email: self.text(),
            path: self.text(),
            labels: self.text(),
            provider_name: self.text(),
            partitions: self.choices(2),
            colours: colours.collect(),
        }
    }

    /// Everybody's pages, with every form or with none.
    pub(super) fn aws(&mut self) {
        self.aws_lists();
        self.aws_account();
        self.permission_sets();
        self.assigning();
        self.reach();
    }

    fn aws_lists(&mut self) {
        let set = PermissionSetRow {
            href: self.text(),
            name: self.text(),
            description: self.text(),
            policies: vec![self.text(), self.text()],
            minutes: 60,
        };
        let counts = [(0, 0), (1, 0), (1, 1), (0, 2), (2, 0), (3, 1)];
        for (count, problem) in [(0, self.console_problems().pop().unwrap()), (6, None)] {
            let rows = COLOURS.iter().zip(counts).take(count);
            let accounts = rows.map(|(colour, counts)| self.account_row(colour, counts));
            self.add(&AwsPage {
                console: self.console("aws"),
                links: AwsLinks {
                    aws: self.text(),
                    new_set: self.text(),
                    assign: self.text(),
                    all_roles: self.text(),
                    reach: self.text(),
                    portal: self.text(),
                },
                query: if count > 1 {
                    self.text()
                } else {
                    String::new()
                },
                more_accounts: count,
                accounts: accounts.collect(),
                sets: vec![set.clone(); count],
                account: self.account_form(),
                problem,
            });
        }
        for (form, is_empty) in FORMS.into_iter().zip([true, false, false]) {
            self.add(&RolesPage {
                console: self.console("aws"),
                account: is_empty.then(|| self.text()),
                forms: FORMS
                    .into_iter()
                    .map(|name| RolesForm {
                        href: self.text(),
                        name,
                        is_chosen: name == form,
                    })
                    .collect(),
                form,
                text: self.text(),
                download: self.text(),
                file: "signet.tf",
                command: self.text(),
                is_empty,
            });
        }
    }

    fn aws_account(&mut self) {
        let roles = ROLE_STATES.map(|state| RoleState {
            href: self.text(),
            name: self.text(),
            role: self.text(),
            state,
            checked: if state == "unknown" {
                String::new()
            } else {
                self.text()
            },
            cause: if state == "missing" {
                self.text()
            } else {
                String::new()
            },
            fix: if state == "missing" {
                self.text()
            } else {
                String::new()
            },
        });
        let assignments = [("user", String::new()), ("group", self.text())];
        let assignments = assignments.map(|(kind, selector)| AssignmentRow {
            href: self.text(),
            principal: self.text(),
            kind,
            set: self.text(),
            selector,
            value: self.text(),
        });
        for (is_full, problem) in [
            (false, self.console_problems().pop().unwrap()),
            (true, None),
        ] {
            self.add(&AwsAccountPage {
                console: Console {
                    may_change_all: is_full,
                    ..self.console("aws")
                },
                account: self.account_row("red", (1, 1)),
                form: self.account_form(),
                actions: AccountActions {
                    change: self.text(),
                    verify: self.text(),
                    unassign: self.text(),
                    delete: self.text(),
                    roles: self.text(),
                    assign: self.text(),
                    reach: self.text(),
                },
                roles: if is_full { roles.to_vec() } else { Vec::new() },
                assignments: if is_full {
                    assignments.to_vec()
                } else {
                    Vec::new()
                },
                problem,
            });
        }
    }

    fn permission_sets(&mut self) {
        for (is_new, problem) in [
            (true, self.console_problems().pop().unwrap()),
            (false, None),
        ] {
            let value = [Some(self.text()), None];
            self.add(&PermissionSetPage {
                console: self.console("aws"),
                action: self.text(),
                delete: (!is_new).then(|| self.text()),
                form: PermissionSetForm {
                    name: self.text(),
                    description: self.text(),
                    other_managed: self.text(),
                    customer: self.text(),
                    inline: self.text(),
                    boundary_kind: if is_new { "none" } else { "customer" },
                    boundary: self.text(),
                    minutes: self.text(),
                    role_path: self.text(),
                    relay_state: self.text(),
                    session_tags: self.text(),
                    transitive: self.text(),
                    role_tags: self.text(),
                },
                job_functions: self.choices(2),
                services: self.choices(2),
                preview_of: self.text(),
                preview: value
                    .map(|value| TagRow {
                        key: self.text(),
                        value,
                    })
                    .to_vec(),
                problem,
            });
        }
    }

    fn assigning(&mut self) {
        let results = ASSIGNED.map(|outcome| AssignResult {
            principal: self.text(),
            set: self.text(),
            target: self.text(),
            outcome,
            detail: if outcome == "refused" {
                self.text()
            } else {
                String::new()
            },
        });
        for (count, problem) in [(0, self.console_problems().pop().unwrap()), (2, None)] {
            self.add(&AssignPage {
                console: self.console("aws"),
                action: self.text(),
                groups: (count > 0).then(|| self.choices(count)),
                group_names: self.text(),
                user: self.text(),
                accounts: self.choices(count),
                labels: self.choices(count),
                path: self.text(),
                sets: self.choices(count),
                results: if count > 0 {
                    results.to_vec()
                } else {
                    Vec::new()
                },
                problem,
            });
        }
    }

    fn reach(&mut self) {
        let days = ["", "not_yet", "over"];
        let rows = STATES.into_iter().enumerate().map(|(n, state)| ReachRow {
            user: self.text(),
            state,
            days: days[n % days.len()],
            account: self.text(),
            account_name: self.text(),
            set: self.text(),
            through: vec![self.text(); n],
            by_rule: n > 1,
            selector: if n > 2 { self.text() } else { String::new() },
        });
        let rows: Vec<_> = rows.collect();
        for (is_asked, rows) in [(false, Vec::new()), (true, Vec::new()), (true, rows)] {
            let problem = (!is_asked).then(|| self.console_problems().pop().unwrap());
            self.add(&ReachPage {
                console: self.console("aws"),
                action: self.text(),
                user: self.text(),
                accounts: self.choices(2),
                at: self.text(),
                is_asked,
                more: rows.len(),
                rows,
                csv: self.text(),
                problem: problem.flatten(),
            });
        }
    }
}

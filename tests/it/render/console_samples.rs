//! The console's pages, filled in as the others.

use signet::model::KNOWN_ATTRIBUTES;
use signet::render::{
    AttributeField, AwsSessionRow, Choice, Console, ConsoleProblem, DetailsForm, DetailsPage,
    EndedRow, GroupActions, GroupLink, GroupPage, GroupPick, GroupRow, GroupsPage, HomePage,
    InvitePage, InviteRow, LeavingPage, NumberRow, PeoplePage, PersonActions, PersonPage,
    PersonRow, PortalAddressPage, RuleForm, StepRow, ToTellRow, UntoldRow,
};

use super::samples::{DEVICES, Sampler};

/// Where a person may stand.
pub(super) const STATES: [&str; 4] = ["invited", "active", "suspended", "deactivated"];

/// What a person may do in Signet.
pub(super) const ROLES: [&str; 5] = [
    "none",
    "auditor",
    "user_administrator",
    "application_administrator",
    "administrator",
];

/// What there is to set up.
pub(super) const STEPS: [&str; 7] = [
    "mail",
    "people",
    "groups",
    "accounts",
    "sets",
    "assignments",
    "roles",
];

/// What the first page counts.
pub(super) const NUMBERS: [&str; 9] = [
    "sign-ins",
    "refused",
    "locked",
    "denied",
    "changes-refused",
    "aws",
    "roles-missing",
    "waiting",
    "mail-failed",
];

/// What may become of an invitation.
pub(super) const INVITED: [&str; 4] = ["mailed", "link", "is-there", "refused"];

/// Why a change in the console may not be made.
pub(super) const CONSOLE_PROBLEMS: [&str; 17] = [
    "not-your-duty",
    "above-you",
    "yourself",
    "carries-rights",
    "needs-second",
    "glass-needs-mail",
    "glass-needs-others",
    "gone",
    "mail-off",
    "invalid",
    "taken",
    "not-found",
    "last-administrator",
    "conflict",
    "not-a-time",
    "assign-nothing",
    "assign-too-many",
];

impl Sampler<'_> {
    pub(super) fn console(&self, current: &'static str) -> Console {
        Console {
            current,
            home: self.text(),
            people: self.text(),
            groups: self.text(),
            aws: self.text(),
            policies: self.text(),
            protection: self.text(),
            audit: self.text(),
            traces: self.text(),
            portal: self.text(),
            sign_out: self.text(),
            csrf: self.text(),
            may_change: true,
            may_change_all: true,
        }
    }

    pub(super) fn console_problems(&self) -> Vec<Option<ConsoleProblem>> {
        let problem = |key: &&'static str| {
            Some(ConsoleProblem {
                key,
                about: self.text(),
            })
        };
        let mut all = vec![None];
        all.extend(CONSOLE_PROBLEMS.iter().map(problem));
        all
    }

    fn rows(&self) -> Vec<PersonRow> {
        let row = |(state, role): (&'static str, &'static str)| PersonRow {
            href: self.text(),
            id: self.text(),
            name: self.text(),
            user_name: self.text(),
            email: format!("{}@", self.text()),
            state,
            role,
        };
        STATES.into_iter().cycle().zip(ROLES).map(row).collect()
    }

    pub(super) fn people(&mut self) {
        for (people, query, next) in [
            (Vec::new(), String::new(), None),
            (Vec::new(), self.text(), None),
            (self.rows(), self.text(), Some(self.text())),
        ] {
            self.add(&PeoplePage {
                console: self.console("people"),
                query,
                people,
                import: next.clone(),
                next,
                invite: self.text(),
            });
        }
        let choice = Choice {
            value: self.text(),
            name: self.text(),
            is_chosen: true,
        };
        let results = INVITED.map(|outcome| InviteRow {
            address: self.text(),
            outcome,
            link: (outcome == "link").then(|| self.text()),
            detail: self.text(),
        });
        for (can_mail, problem) in [
            (true, None),
            (false, self.console_problems().pop().unwrap()),
        ] {
            self.add(&InvitePage {
                console: self.console("people"),
                action: self.text(),
                addresses: self.text(),
                group: self.group_pick(can_mail),
                can_mail,
                by_hand: true,
                problem,
                results: if can_mail {
                    results.to_vec()
                } else {
                    Vec::new()
                },
            });
        }
        for (person, problem) in self.rows().into_iter().cycle().zip(self.console_problems()) {
            let is_shown = problem.is_none();
            self.add(&PersonPage {
                console: Console {
                    may_change: person.role != "auditor",
                    ..self.console("people")
                },
                is_oneself: person.state == "suspended",
                actions: PersonActions {
                    state: self.text(),
                    role: self.text(),
                    dates: self.text(),
                    link: self.text(),
                    pass: self.text(),
                    factors: self.text(),
                    leaving: self.text(),
                    details: self.text(),
                    join: self.text(),
                    leave: self.text(),
                },
                attributes: self.attributes(),
                created: self.text(),
                has_password: true,
                devices: DEVICES[..if is_shown { 3 } else { 0 }].to_vec(),
                needs_pass: !is_shown,
                pass: is_shown.then(|| self.text()),
                recovery_codes: i64::from(is_shown),
                sessions: 2,
                groups: vec![choice.clone(); usize::from(is_shown)],
                other_group: self.group_pick(is_shown),
                roles: ROLES.to_vec(),
                may_change_role: is_shown,
                starts: self.text(),
                ends: String::new(),
                link: is_shown.then(|| self.text()),
                person,
                problem,
            });
        }
    }

    fn attributes(&self) -> Vec<AttributeField> {
        let field = |name: &str, is_known| AttributeField {
            is_known,
            name: name.to_owned(),
            value: self.text(),
        };
        let known = KNOWN_ATTRIBUTES.iter().map(|name| field(name, true));
        known.chain([field("own", false)]).collect()
    }

    pub(super) fn details(&mut self) {
        for (person, problem) in self.rows().into_iter().cycle().zip(self.console_problems()) {
            let mut attributes = self.attributes();
            attributes.retain(|field| field.is_known);
            self.add(&DetailsPage {
                console: Console {
                    may_change: person.role != "auditor",
                    ..self.console("people")
                },
                person,
                action: self.text(),
                form: DetailsForm {
                    user_name: self.text(),
                    email: self.text(),
                    display_name: self.text(),
                    given_name: self.text(),
                    family_name: self.text(),
                    attributes,
                    others: self.text(),
                },
                problem,
            });
        }
    }

    pub(super) fn home(&mut self) {
        let steps = STEPS.into_iter().enumerate().map(|(n, key)| StepRow {
            key,
            href: self.text(),
            is_done: n % 2 == 0,
        });
        let numbers = NUMBERS.into_iter().enumerate().map(|(n, key)| NumberRow {
            key,
            count: i64::try_from(n).unwrap(),
            href: self.text(),
            is_bad: n % 2 == 0,
        });
        self.add(&HomePage {
            console: self.console("home"),
            steps: steps.collect(),
            done: 4,
            numbers: numbers.collect(),
        });
    }

    pub(super) fn portal_address(&mut self) {
        for (own, problem) in [
            (None, self.console_problems().pop().unwrap()),
            (Some(self.text()), None),
        ] {
            self.add(&PortalAddressPage {
                console: self.console("aws"),
                action: self.text(),
                base: self.text(),
                value: self.text(),
                former: own.iter().cloned().collect(),
                own,
                problem,
            });
        }
    }

    pub(super) fn leaving(&mut self) {
        let ended = ["sessions", "grants", "api-tokens", "links"];
        for (count, person) in [0, 2].into_iter().zip(self.rows().into_iter().skip(2)) {
            let to_tell = (0..count).map(|n| ToTellRow {
                name: self.text(),
                attempts: i64::try_from(n).unwrap(),
            });
            let aws = AwsSessionRow {
                account: self.text(),
                role_arn: self.text(),
                issued: self.text(),
                ends: self.text(),
            };
            self.add(&LeavingPage {
                console: self.console("people"),
                erase: (person.state == "deactivated").then(|| self.text()),
                problem: None,
                person,
                ended: ended
                    .map(|what| EndedRow {
                        what,
                        left: i64::try_from(count).unwrap(),
                    })
                    .to_vec(),
                untold: vec![
                    UntoldRow {
                        name: self.text(),
                        ends: self.text(),
                    };
                    count
                ],
                to_tell: to_tell.collect(),
                aws: vec![aws; count],
                deny: self.text(),
                commands: self.text(),
            });
        }
    }

    fn group_pick(&self, is_typed: bool) -> GroupPick {
        GroupPick {
            choices: self.choices(usize::from(!is_typed)),
            is_typed,
            value: self.text(),
        }
    }

    pub(super) fn groups(&mut self) {
        let row = |members| GroupRow {
            href: self.text(),
            name: self.text(),
            description: self.text(),
            members,
        };
        let (one, many, by_rule) = (row(Some(1)), row(Some(2)), row(None));
        for (groups, problem) in [
            (Vec::new(), self.console_problems().pop().unwrap()),
            (vec![one.clone(), many, by_rule.clone()], None),
        ] {
            self.add(&GroupsPage {
                console: self.console("groups"),
                query: if problem.is_some() {
                    self.text()
                } else {
                    String::new()
                },
                next: problem.is_none().then(|| self.text()),
                groups,
                name: self.text(),
                problem,
            });
        }
        let link = GroupLink {
            href: self.text(),
            value: self.text(),
            name: self.text(),
        };
        for (members, problem) in [
            (Vec::new(), self.console_problems().pop().unwrap()),
            (self.rows(), None),
        ] {
            self.add(&GroupPage {
                console: self.console("groups"),
                group: if problem.is_some() {
                    by_rule.clone()
                } else {
                    one.clone()
                },
                more_members: usize::from(problem.is_none()),
                actions: GroupActions {
                    add: self.text(),
                    remove: self.text(),
                    nest: self.text(),
                    unnest: self.text(),
                    rule: self.text(),
                    delete: self.text(),
                },
                inner: vec![link.clone(); members.len()],
                outer: vec![link.clone(); members.len()],
                other: self.group_pick(problem.is_none()),
                rule: RuleForm {
                    quantifier: if problem.is_some() { "all" } else { "any" },
                    conditions: self.text(),
                    is_preview: problem.is_none(),
                },
                has_rule: false,
                members,
                added: self.text(),
                problem,
            });
        }
    }
}

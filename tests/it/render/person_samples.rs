//! The portal, a person's own pages, and the console's about many and about what is protected, filled in as the others.

use signet::render::{
    AccountPage, AccountRow, ActivityPage, ActivityRow, AppTile, ApprovalRow, ColleaguePassPage,
    ConfirmAddressPage, GrantRow, GrantsPage, ImportPage, LookForm, LookPage, NewAddressPage,
    NewRecoveryCodesPage, PortalPage, ProtectedRow, ProtectionPage, RoleRow, SessionRow, done,
};

use super::samples::{DEVICES, Sampler};

/// What a page about a new address may say.
pub(super) const ADDRESS_PROBLEMS: [&str; 3] = [
    "address-invalid",
    "address-mail-off",
    "address-carries-rights",
];

/// What the page about a colleague's pass may say.
pub(super) const PASS_PROBLEMS: [&str; 2] = ["pass-nobody", "pass-needs-second"];

/// What may be protected.
pub(super) const PROTECTED: [&str; 3] = ["account", "group", "user"];

impl Sampler<'_> {
    pub(super) fn portal(&mut self) {
        let role = |description: &str, is_favourite| RoleRow {
            name: self.text(),
            description: description.to_owned(),
            account: self.text(),
            account_id: self.text(),
            set_id: self.text(),
            is_favourite,
            href: self.text(),
            command_line: self.text(),
        };
        let account = |(number, email): (usize, &str)| AccountRow {
            id: format!("{number:012}"),
            name: self.text(),
            email: email.to_owned(),
            colour: if number == 0 { "none" } else { "red" },
            unfold: (number == 2).then(|| self.text()),
            is_open: number == 1,
            roles: vec![role("", false), role(self.text, true)],
        };
        let app = AppTile {
            name: self.text(),
            href: self.text(),
        };
        let accounts: Vec<AccountRow> = [(0, ""), (1, self.text), (2, "")].map(account).to_vec();
        let mut pages = Vec::new();
        for apps in [0, 1, 12] {
            for count in [0, 1, 3] {
                let few = vec![role("", count == 1); count];
                pages.push(PortalPage {
                    display_name: self.text(),
                    query: if apps == 0 {
                        String::new()
                    } else {
                        self.text()
                    },
                    search: self.text(),
                    all_roles: (count == 3).then(|| self.text()),
                    favourites: few.clone(),
                    recent: few.clone(),
                    found: (apps > 0).then_some(few),
                    apps: vec![app.clone(); apps],
                    accounts: accounts[..count].to_vec(),
                    mark: self.text(),
                    csrf: self.text(),
                    account: self.text(),
                    console: (apps == 1).then(|| self.text()),
                    sign_out: self.text(),
                });
            }
        }
        for page in pages {
            self.add(&page);
        }
    }

    pub(super) fn account(&mut self) {
        self.add(&NewRecoveryCodesPage {
            action: self.text(),
            csrf: self.text(),
            back: self.text(),
        });
        let session = |browser: &str, is_current| SessionRow {
            id: self.text(),
            browser: browser.to_owned(),
            created: self.text(),
            last_seen: self.text(),
            is_current,
        };
        let sessions = [
            session(self.text, true),
            session("", false),
            session(self.text, false),
        ];
        for count in 0..=sessions.len() {
            for has in [false, true] {
                self.add(&AccountPage {
                    display_name: self.text(),
                    user_name: self.text(),
                    email: self.text(),
                    has_password: has,
                    devices: DEVICES.map(|kind| self.device(kind))[..count].to_vec(),
                    recovery_codes: i64::try_from(count).unwrap(),
                    add_passkey: has.then(|| self.text()),
                    add_security_key: has.then(|| self.text()),
                    add_totp: self.text(),
                    change_email: has.then(|| self.text()),
                    colleague_pass: has.then(|| self.text()),
                    activity: self.text(),
                    grants: self.text(),
                    export: self.text(),
                    look: self.text(),
                    change_password: self.text(),
                    new_recovery_codes: has.then(|| self.text()),
                    csrf: self.text(),
                    revoke_action: self.text(),
                    revoke_others_action: self.text(),
                    sessions: sessions[..count].to_vec(),
                    portal: self.text(),
                    sign_out: self.text(),
                });
            }
        }
    }

    pub(super) fn own(&mut self) {
        for (next, count) in [(None, 0), (Some(self.text()), 2)] {
            let row = |is_failure: bool| ActivityRow {
                at: self.text(),
                kind: self.text(),
                text: is_failure.then(|| done("sign_in.password_refused").unwrap()),
                from: if is_failure {
                    self.text()
                } else {
                    String::new()
                },
                is_failure,
            };
            self.add(&ActivityPage {
                rows: vec![row(false), row(true)],
                is_further: next.is_none(),
                next: Some(self.text()),
                back: self.text(),
            });
            let grant = |is_live| GrantRow {
                app: self.text(),
                name: self.text(),
                scopes: if is_live { self.text() } else { String::new() },
                at: self.text(),
                is_live,
            };
            self.add(&GrantsPage {
                grants: [grant(true), grant(false)][..count].to_vec(),
                action: self.text(),
                csrf: self.text(),
                back: self.text(),
            });
        }
        for (language, theme) in [("auto", "system"), ("de", "dark"), ("en", "light")] {
            self.add(&LookPage {
                form: LookForm { language, theme },
                action: self.text(),
                csrf: self.text(),
                back: self.text(),
            });
        }
        for problem in ADDRESS_PROBLEMS.into_iter().map(Some).chain([None]) {
            self.add(&NewAddressPage {
                action: self.text(),
                csrf: self.text(),
                former: self.text(),
                typed: self.text(),
                back: self.text(),
                problem,
            });
        }
        for problem in PASS_PROBLEMS.into_iter().map(Some).chain([None]) {
            self.add(&ColleaguePassPage {
                action: self.text(),
                csrf: self.text(),
                typed: self.text(),
                back: self.text(),
                person: problem.is_none().then(|| self.text()),
                pass: problem.is_none().then(|| self.text()),
                problem,
            });
        }
        self.add(&ConfirmAddressPage {
            action: self.text(),
            csrf: self.text(),
            email: self.text(),
        });
    }

    pub(super) fn protection(&mut self) {
        for (count, may) in [(0, true), (3, true), (3, false)] {
            let object = |kind| ProtectedRow {
                kind,
                id: self.text(),
                name: self.text(),
                href: self.text(),
            };
            let approval = |n: usize| ApprovalRow {
                id: format!("v{n}"),
                change: "role".to_owned(),
                about: self.text(),
                detail: if n == 0 { String::new() } else { self.text() },
                who: self.text(),
                until: self.text(),
                agreed_by: (n == 2).then(|| self.text()),
                is_own: n == 1,
            };
            let mut console = self.console("protection");
            console.may_change_all = may;
            self.add(&ProtectionPage {
                console,
                action: self.text(),
                objects: PROTECTED.map(object)[..count].to_vec(),
                approvals: (0..count).map(approval).collect(),
                typed: self.text(),
                problem: (count == 0).then(|| self.console_problems().pop().unwrap().unwrap()),
            });
        }
    }

    pub(super) fn import(&mut self) {
        for (problems, plan, is_done) in [
            (0, None, false),
            (2, None, false),
            (0, Some((3, 1)), false),
            (0, Some((1, 0)), true),
        ] {
            self.add(&ImportPage {
                console: self.console("people"),
                action: self.text(),
                csv: self.text(),
                make_groups: is_done,
                problems: vec![(2, self.text(), self.text()); problems],
                plan,
                is_done,
                problem: None,
            });
        }
    }
}

//! The pages on which somebody proves something or sets something up, filled in as the others.

use signet::render::{
    DevicePage, DeviceRow, EnrollPage, EnrollTotp, LinkProblemPage, NewDevicePage, PasskeyForm,
    Problem, RecoveryCodesPage, SavedCodePage, SecondFactorPage, SetPasswordPage, SetupLinkPage,
    SignInPage,
};

use super::samples::{DEVICES, Sampler, problems};

impl Sampler<'_> {
    pub(super) fn sign_in(&mut self) {
        for problem in problems().into_iter().map(Some).chain([None]) {
            for continue_to in self.some() {
                for user_name in [String::new(), self.text()] {
                    for action in self.some() {
                        self.add(&SignInPage {
                            passkey: action.is_none().then(|| self.key("sign-in")),
                            action,
                            csrf: self.text(),
                            user_name: user_name.clone(),
                            problem: problem.clone(),
                            continue_to: continue_to.clone(),
                        });
                    }
                }
            }
            for action in self.some() {
                for passkey in [None, Some(self.key("passkey"))] {
                    self.add(&SetPasswordPage {
                        action: action.clone(),
                        csrf: self.text(),
                        user_name: self.text(),
                        minimum: 12,
                        problem: problem.clone(),
                        passkey,
                    });
                }
            }
        }
    }

    pub(super) fn second_factors(&mut self) {
        for problem in [None, Some(Problem::WRONG_CODE)] {
            for other in self.some() {
                for action in self.some() {
                    self.add(&SecondFactorPage {
                        passkey: action.is_none().then(|| self.key("second-factor")),
                        action,
                        csrf: self.text(),
                        user_name: self.text(),
                        problem: problem.clone(),
                        recovery_action: other.clone(),
                        pass_action: other.clone(),
                    });
                }
                for kind in ["recovery-code", "pass"] {
                    self.add(&SavedCodePage {
                        kind,
                        action: self.text(),
                        csrf: self.text(),
                        problem: problem.clone(),
                        code_action: other.clone(),
                    });
                }
            }
        }
    }

    pub(super) fn enrollment(&mut self) {
        self.add(&SetupLinkPage {
            action: self.text(),
            csrf: self.text(),
            display_name: self.text(),
        });
        self.add(&LinkProblemPage {});
        for problem in [None, Some(Problem::WRONG_CODE)] {
            for (passkey, totp) in [
                (None, Some(self.totp())),
                (Some(self.key("passkey")), Some(self.totp())),
                (Some(self.key("passkey")), None),
            ] {
                self.add(&EnrollPage {
                    security_key: passkey.is_some().then(|| self.key("security-key")),
                    passkey,
                    totp,
                    problem: problem.clone(),
                });
            }
        }
        for codes in [0, 1, 10] {
            self.add(&RecoveryCodesPage {
                next: self.text(),
                codes: vec![self.text(); codes],
            });
        }
    }

    fn key(&self, purpose: &'static str) -> PasskeyForm {
        PasskeyForm {
            action: self.text(),
            csrf: self.text(),
            options: self.text(),
            state: self.text(),
            purpose,
        }
    }

    fn totp(&self) -> EnrollTotp {
        let url = format!("otpauth://totp/{:.1000}", self.text);
        EnrollTotp::new(self.text(), self.text(), &url, self.text).unwrap()
    }

    pub(super) fn devices(&mut self) {
        for (kind, purpose) in DEVICES.into_iter().zip(["passkey", "security-key", ""]) {
            let problem = (kind == "passkey").then_some(Problem::LAST_FACTOR);
            self.add(&DevicePage {
                device: self.device(kind),
                csrf: self.text(),
                rename: self.text(),
                remove: self.text(),
                back: self.text(),
                problem: problem.clone(),
            });
            let is_key = !purpose.is_empty();
            self.add(&NewDevicePage {
                key: is_key.then(|| self.key(purpose)),
                totp: (!is_key).then(|| self.totp()),
                back: self.text(),
                problem,
            });
        }
    }

    pub(super) fn device(&self, kind: &'static str) -> DeviceRow {
        DeviceRow {
            href: self.text(),
            kind,
            name: if kind == "totp" {
                String::new()
            } else {
                self.text()
            },
            created: self.text(),
            last_used: (kind != "totp").then(|| self.text()),
        }
    }
}

//! Every page, filled in: the optional parts there or not, the lists with none, one or many, around one text that stands
//! in every field that takes a text.

use std::any::type_name;

use signet::model::Span;
use signet::render::{
    CauseRow, CommandLinePage, CommandLineValues, ConsentItem, ConsentPage, DeniedPage, ErrorPage,
    FormPostPage, Language, NoticePage, Page, Problem, Renderer, SamlPostPage, SecretBlock,
    SignOutPage, SignedOutPage, TracePage, TraceRow, TracesPage, ValueRow,
};

/// What may be wrong with an answer.
pub(super) fn problems() -> Vec<Problem> {
    vec![
        Problem::WRONG_PASSWORD,
        Problem::PASSKEY_REFUSED,
        Problem::PASSKEY_REGISTERED,
        Problem::TOO_MANY_PASSKEYS,
        Problem::LAST_FACTOR,
        Problem::WRONG_CODE,
        Problem::PASSWORD_TOO_SHORT,
        Problem::PASSWORD_TOO_LONG,
        Problem::PASSWORD_OWN_NAME,
        Problem::PASSWORD_TOO_SIMPLE,
        Problem::PASSWORD_BREACHED,
        Problem::locked(Span::seconds(1)),
        Problem::locked(Span::minutes(2)),
        Problem::locked(Span::hours(25)),
    ]
}

/// The texts of [`NoticePage`].
pub(super) const NOTICES: [&str; 6] = [
    "expired",
    "busy",
    "password-changed",
    "address-begun",
    "address-half",
    "address-changed",
];

/// The texts of [`ErrorPage`].
pub(super) const ERRORS: [&str; 13] = [
    "unknown-client",
    "oauth-request",
    "forged",
    "not-found",
    "bad-request",
    "saml-request",
    "unknown-issuer",
    "already-answered",
    "starts-at-application",
    "session-ended",
    "aws-limit",
    "unavailable",
    "internal",
];

/// Forms of credentials.
pub(super) const BLOCKS: [&str; 4] = ["bash", "powershell", "fish", "file"];

/// What a notice by mail may tell of.
pub(super) const CHANGES: [&str; 11] = [
    "password-set",
    "authenticator-added",
    "second-factors-removed",
    "recovery-codes-renewed",
    "recovery-code-used",
    "passkey-added",
    "security-key-added",
    "factor-removed",
    "pass-made",
    "pass-used",
    "address-changed",
];

/// What one signs in with besides a password.
pub(super) const DEVICES: [&str; 3] = ["passkey", "security_key", "totp"];

/// What a browser's authenticators are asked for.
pub(super) const PURPOSES: [&str; 4] = ["sign-in", "second-factor", "passkey", "security-key"];

/// How far an attempt may have come.
pub(super) const OUTCOMES: [&str; 5] = ["waiting", "sent", "told", "refused", "failed"];

/// A page, rendered.
pub(super) struct Rendered {
    /// The page's type.
    pub(super) page: &'static str,
    pub(super) html: String,
}

/// Renders every page with this text.
pub(super) fn render_all(renderer: &Renderer, language: Language, text: &str) -> Vec<Rendered> {
    let mut all = Sampler {
        renderer,
        language,
        text,
        rendered: Vec::new(),
    };
    all.sign_in();
    all.second_factors();
    all.enrollment();
    all.devices();
    all.ends();
    all.clients();
    all.portal();
    all.account();
    all.own();
    all.protection();
    all.import();
    all.traces();
    all.people();
    all.details();
    all.home();
    all.leaving();
    all.portal_address();
    all.aws();
    all.policies();
    all.audit();
    all.groups();
    all.command_line();
    all.rendered
}

pub(super) struct Sampler<'a> {
    renderer: &'a Renderer,
    language: Language,
    pub(super) text: &'a str,
    rendered: Vec<Rendered>,
}

impl Sampler<'_> {
    pub(super) fn add<P: Page>(&mut self, page: &P) {
        let name = type_name::<P>().rsplit("::").next().unwrap();
        let html = self.renderer.render(page, self.language);
        self.rendered.push(Rendered {
            page: name,
            html: html.unwrap_or_else(|error| panic!("{name}: {error:#}")),
        });
    }

    pub(super) fn text(&self) -> String {
        self.text.to_owned()
    }

    pub(super) fn some(&self) -> [Option<String>; 2] {
        [None, Some(self.text())]
    }

    fn ends(&mut self) {
        self.add(&SignOutPage {
            action: self.text(),
            csrf: self.text(),
        });
        self.add(&SignedOutPage {
            sign_in: self.text(),
        });
        for text in NOTICES {
            self.add(&NoticePage {
                text,
                restart: self.text(),
            });
        }
        for text in ERRORS {
            for detail in self.some() {
                self.add(&ErrorPage {
                    status: 400,
                    text,
                    detail,
                    request_id: self.text(),
                    portal: self.text(),
                });
            }
        }
        for decline_action in self.some() {
            for target_name in [String::new(), self.text()] {
                self.add(&DeniedPage {
                    target_name,
                    request_id: self.text(),
                    portal: self.text(),
                    sign_out: self.text(),
                    csrf: self.text(),
                    decline_action: decline_action.clone(),
                });
            }
        }
        for relay_state in self.some().into_iter().chain([Some(String::new())]) {
            self.add(&SamlPostPage {
                action: self.text(),
                saml_response: self.text(),
                relay_state,
                target_name: self.text(),
            });
        }
    }

    fn clients(&mut self) {
        self.add(&FormPostPage {
            action: self.text(),
            fields: vec![("code", self.text()), ("state", self.text())],
            target_name: self.text(),
        });
        let scopes: Vec<String> = [
            "openid",
            "profile",
            "email",
            "address",
            "phone",
            "groups",
            "offline_access",
            "aws",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([self.text()])
        .collect();
        self.add(&ConsentPage {
            action: self.text(),
            decline_action: self.text(),
            csrf: self.text(),
            user_name: self.text(),
            target_name: self.text(),
            items: ConsentItem::of(&scopes),
        });
    }

    fn traces(&mut self) {
        let row = |outcome, is_failing: bool| TraceRow {
            href: self.text(),
            at: self.text(),
            application: if is_failing {
                self.text()
            } else {
                String::new()
            },
            endpoint: self.text(),
            outcome,
            is_failing,
            rule: self.text(),
            cause: if is_failing {
                self.text()
            } else {
                String::new()
            },
            user: self.text(),
        };
        let rows: Vec<TraceRow> = OUTCOMES
            .map(|outcome| row(outcome, outcome != "sent"))
            .to_vec();
        let value = ValueRow {
            name: self.text(),
            value: self.text(),
        };
        let cause = |is_certain| CauseRow {
            is_certain,
            cause: self.text(),
            fix: self.text(),
        };
        let causes = vec![cause(true), cause(false)];
        let pages: Vec<TracePage> = rows
            .iter()
            .map(|row| TracePage {
                row: row.clone(),
                request_id: self.text(),
                updated: self.text(),
                causes: if row.is_failing {
                    causes.clone()
                } else {
                    Vec::new()
                },
                asked: vec![value.clone(); usize::from(row.is_failing)],
                answered: vec![value.clone(); usize::from(!row.is_failing)],
                console: self.console("traces"),
            })
            .collect();
        for traces in [Vec::new(), rows] {
            self.add(&TracesPage {
                traces,
                console: self.console("traces"),
            });
        }
        for page in pages {
            self.add(&page);
        }
    }

    fn command_line(&mut self) {
        let values = || CommandLineValues {
            blocks: BLOCKS
                .map(|name| SecretBlock::new(name, self.text()))
                .into(),
            access_key_id: self.text(),
            secret_access_key: self.text(),
            session_token: self.text(),
            expires: self.text(),
            assumed_role_arn: self.text(),
        };
        let page = |values, trouble| CommandLinePage {
            account_id: self.text(),
            account_name: self.text(),
            role_name: self.text(),
            login: self.text(),
            profile: self.text(),
            action: self.text(),
            csrf: self.text(),
            values,
            trouble,
            portal: self.text(),
            sign_out: self.text(),
        };
        let pages = [
            page(None, None),
            page(Some(values()), None),
            page(None, Some((self.text(), self.text()))),
            page(None, Some((self.text(), String::new()))),
        ];
        for page in pages {
            self.add(&page);
        }
    }
}

//! AWS STS as the program sees it.

use std::sync::{Arc, Mutex, MutexGuard};

use super::http::{Reply, Request, one, serve};

pub(super) const SECRET: &str = "wJalr/secret+key";
pub(super) const TOKEN: &str = "FwoGZXIvYXdzEXAMPLE/session+token==";

pub(super) struct State {
    /// A time far away, or near.
    pub(super) expiration: String,
    /// The account in the answer, if another than in the question.
    pub(super) account: Option<String>,
    /// A refusal: status, code, message.
    pub(super) refusal: Option<(u16, &'static str, &'static str)>,
    pub(super) calls: usize,
}

pub(super) struct Sts {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
}

impl Sts {
    pub(super) fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            expiration: "2099-01-01T00:00:00Z".into(),
            account: None,
            refusal: None,
            calls: 0,
        }));
        let own = Arc::clone(&state);
        let address = serve(move |request| own.lock().unwrap().answer(&request));
        Self {
            url: format!("http://{address}/"),
            state,
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Reply {
        let form = request.form();
        let given = |name| one(&form, name).unwrap_or_default();
        assert_eq!(given("Action"), "AssumeRoleWithSAML");
        assert_eq!(given("Version"), "2011-06-15");
        assert_eq!(given("SAMLAssertion"), "PHNhbWxwOlJlc3BvbnNlLz4=");
        assert_eq!(given("DurationSeconds"), "3600");
        let account = given("RoleArn").split(':').nth(4).unwrap().to_owned();
        assert_eq!(
            given("PrincipalArn"),
            format!("arn:aws:iam::{account}:saml-provider/Signet")
        );
        self.calls += 1;
        if let Some((status, code, message)) = self.refusal {
            return xml(
                status,
                format!(
                    "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                     <Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
                ),
            );
        }
        let account = self.account.as_deref().unwrap_or(&account);
        xml(
            200,
            format!(
                "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithSAMLResult>\
                 <Credentials><AccessKeyId>ASIA{:04}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>\
                 <SessionToken>{TOKEN}</SessionToken><Expiration>{}</Expiration></Credentials><AssumedRoleUser>\
                 <Arn>arn:aws:sts::{account}:assumed-role/Signet_ReadOnly/alice</Arn><AssumedRoleId>AROA:alice</AssumedRoleId>\
                 </AssumedRoleUser></AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>",
                self.calls, self.expiration
            ),
        )
    }
}

fn xml(status: u16, body: String) -> Reply {
    Reply {
        status,
        content_type: "text/xml",
        location: None,
        body,
    }
}

//! One person's browser: signs in with password and recovery code, and goes on to the service provider.

use std::net::SocketAddr;
use std::sync::mpsc::Sender;

use super::instance::{Sp, User};
use crate::app::{Answer, Browser};

/// The cookie's name without TLS.
const SESSION: &str = "signet_session";

/// What the server has said to a client, who now relies on it.
#[derive(Debug)]
pub(super) enum Acknowledged {
    /// The code was accepted.
    Code { client: usize, code: String },
    /// The browser has its session.
    Session { client: usize, cookie: String },
    /// The browser holds an assertion.
    Assertion { xml: String },
}

impl Acknowledged {
    /// Whose code it is about.
    pub(super) fn code_of(&self) -> Option<usize> {
        match self {
            Self::Code { client, .. } => Some(*client),
            _ => None,
        }
    }
}

pub(super) struct Client<'a> {
    number: usize,
    browser: Browser,
    user: &'a User,
    sp: &'a Sp,
}

impl<'a> Client<'a> {
    pub(super) fn new(number: usize, address: SocketAddr, user: &'a User, sp: &'a Sp) -> Self {
        Self {
            number,
            browser: Browser::new(address),
            user,
            sp,
        }
    }

    /// Until the end, or until the server is gone.
    pub(super) fn run(
        &mut self,
        codes: &[String],
        send: &Sender<Acknowledged>,
    ) -> Result<(), ureq::Error> {
        let page = self.ask_for_code()?;
        let answer = self.submit_code(&page, &codes[0])?;
        if answer.status == 503 {
            // Sent away for a moment: nothing was acknowledged, and this client is done.
            return Ok(());
        }
        assert_eq!(answer.status, 303, "{}", answer.body);
        drop(send.send(Acknowledged::Code {
            client: self.number,
            code: codes[0].clone(),
        }));
        let path = answer.location().to_owned();
        self.browser.try_get(&path)?;
        if let Some(cookie) = self.browser.cookies.get(SESSION) {
            drop(send.send(Acknowledged::Session {
                client: self.number,
                cookie: cookie.clone(),
            }));
        }
        let page = self.browser.try_get(&self.sp.start)?;
        if page.status == 503 {
            return Ok(());
        }
        let xml = crate::app::PostedResponse::of(&page).xml;
        drop(send.send(Acknowledged::Assertion { xml }));
        Ok(())
    }

    /// Whether the server takes a code as the second factor.
    pub(super) fn is_accepted(&mut self, code: &str) -> bool {
        let page = self.ask_for_code().unwrap();
        self.submit_code(&page, code).unwrap().status == 303
    }

    fn ask_for_code(&mut self) -> Result<Answer, ureq::Error> {
        let answer = self.until_served("/")?;
        let page = self.until_served(answer.location())?;
        let csrf = page.field("csrf").unwrap();
        let fields = [
            ("csrf", csrf.as_str()),
            ("user_name", &self.user.name),
            ("password", &self.user.password),
        ];
        let answer = loop {
            let answer = self.browser.try_post(&page.action(), &fields)?;
            // Too many at once: as a browser's person, try again.
            if answer.status != 503 {
                break answer;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(200));
        };
        self.until_served(answer.location())
    }

    /// Who is sent away for a moment (503) comes back.
    fn until_served(&mut self, path: &str) -> Result<Answer, ureq::Error> {
        loop {
            let answer = self.browser.try_get(path)?;
            if answer.status != 503 {
                return Ok(answer);
            }
            std::thread::park_timeout(std::time::Duration::from_millis(200));
        }
    }

    fn submit_code(&mut self, page: &Answer, code: &str) -> Result<Answer, ureq::Error> {
        let path = format!("{}/recovery-code", page.action().trim_end_matches("/code"));
        let csrf = page.field("csrf").unwrap();
        self.browser
            .try_post(&path, &[("csrf", &csrf), ("code", code)])
    }

    /// The status of the portal for a session's cookie.
    pub(super) fn visit(address: SocketAddr, cookie: &str) -> u16 {
        let mut browser = Browser::new(address);
        browser.cookies.insert(SESSION.into(), cookie.to_owned());
        // Who is sent away for a moment (503) has lost nothing: what the killed server was at may not be over yet.
        for _ in 0..40 {
            match browser.get("/").status {
                503 => std::thread::park_timeout(std::time::Duration::from_millis(250)),
                status => return status,
            }
        }
        503
    }
}

//! Two servers over one PostgreSQL, each request to the other one.

use crate::app::{AuthnRequest, Browser, PostedResponse, TestApp};
use crate::store::engines::{EngineKind, TestDatabase};

/// A balancer without memory.
struct Alternating<'a> {
    nodes: [&'a TestApp<'a>; 2],
    turn: usize,
}

impl Alternating<'_> {
    fn next(&mut self, browser: &mut Browser) {
        self.turn += 1;
        browser.at(self.nodes[self.turn % 2].address());
    }

    fn follow(&mut self, browser: &mut Browser, path: &str) -> crate::app::Answer {
        let mut path = path.to_owned();
        loop {
            self.next(browser);
            let answer = browser.get(&path);
            if answer.status != 303 {
                return answer;
            }
            path = answer.location().to_owned();
        }
    }
}

#[test]
fn every_request_may_go_to_another_node() {
    let db = TestDatabase::new(EngineKind::Postgres);
    let one = TestApp::start(&db);
    let other = one.beside();
    let alice = one.person("alice");
    let sp = other.service_provider("sp.example", |_| {});
    one.assign_to(&sp, &alice);
    let mut balancer = Alternating {
        nodes: [&one, &other],
        turn: 0,
    };
    let mut browser = one.browser();
    let page = balancer.follow(&mut browser, &AuthnRequest::of(&one, &sp).redirect());
    balancer.next(&mut browser);
    let answer = browser.submit(
        &page,
        &[("user_name", "alice"), ("password", &alice.password)],
    );
    let page = balancer.follow(&mut browser, answer.location());
    balancer.next(&mut browser);
    let code = alice.next_code(&one);
    let answer = browser.submit(&page, &[("code", &code)]);
    let page = balancer.follow(&mut browser, answer.location());
    assert!(PostedResponse::of(&page).is_success());

    // One session, ended on one node, is ended on both.
    let page = balancer.follow(&mut browser, "/signout");
    balancer.next(&mut browser);
    browser.submit(&page, &[]).assert(200, "sign-in-again");
    for node in [&one, &other] {
        browser.at(node.address());
        assert!(!browser.is_signed_in());
    }
}

#[test]
fn one_code_at_two_nodes_signs_in_once() {
    let db = TestDatabase::new(EngineKind::Postgres);
    let one = TestApp::start(&db);
    let other = one.beside();
    let alice = one.person("alice");
    let code = alice.next_code(&one);
    let won: usize = std::thread::scope(|scope| {
        let running: Vec<_> = [&one, &other, &one, &other]
            .into_iter()
            .map(|node| {
                let (alice, code) = (&alice, &code);
                scope.spawn(move || {
                    let mut browser = node.browser();
                    let page = browser.open("/");
                    let ask = browser.submit_password(&page, "alice", &alice.password);
                    usize::from(browser.submit_code(&ask, code).has("sign-out"))
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(won, 1);
}

//! A person's own pages: where they are signed in, and ending it.

use crate::app::TestApp;
use crate::store::engines::{TestDatabase, on_every_engine};

on_every_engine!(sessions_are_listed_and_ended_by_their_person_alone);

/// The id in the form that ends a session.
fn session_ids(page: &str) -> Vec<String> {
    page.split("name=\"session\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

fn sessions_are_listed_and_ended_by_their_person_alone(db: &TestDatabase) {
    let app = TestApp::start(db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let (mut here, mut there, mut bobs) = (app.browser(), app.browser(), app.browser());
    here.headers.push(("user-agent", "Firefox <b>".into()));
    there.headers.push(("user-agent", "Telephone".into()));
    here.sign_in(&app, &alice);
    there.sign_in(&app, &alice);
    bobs.sign_in(&app, &bob);

    let page = here.get("/account");
    page.assert(200, "Telephone");
    page.assert(200, "Firefox &lt;b&gt;");
    let ids = session_ids(&page.body);
    assert_eq!(ids.len(), 1, "every session but this one");
    let csrf = page.field("csrf").unwrap();

    // Bob, with his own token, ends nothing of Alice's.
    let own = bobs.get("/signout").field("csrf").unwrap();
    let path = "/account/sessions/revoke";
    bobs.post(path, &[("csrf", &own), ("session", &ids[0])]);
    bobs.post(path, &[("csrf", &csrf), ("session", &ids[0])])
        .assert(403, "Nothing was changed");
    assert!(there.is_signed_in());

    here.post(path, &[("csrf", &csrf), ("session", &ids[0])]);
    assert!(!there.is_signed_in());
    assert!(here.is_signed_in());

    there.sign_in(&app, &alice);
    here.post("/account/sessions/revoke-others", &[("csrf", &csrf)]);
    assert!(!there.is_signed_in() && here.is_signed_in() && bobs.is_signed_in());
}

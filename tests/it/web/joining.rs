//! When people come and go by their dates, come as many, and are erased.

use signet::audit::CheckpointSigner;
use signet::model::{AdminRole, Span, UserState};

use super::{arrived, post};
use crate::app::{Browser, Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(
    dates_open_and_close_the_door_and_the_job_sends_away,
    one_bad_row_imports_nobody,
    who_is_erased_is_gone_and_the_audit_still_verifies,
);

fn at_work(app: &TestApp<'_>, person: &Person) -> Browser {
    arrived(app, person, ("/admin/people", "id=\"query\""))
}

fn dates_open_and_close_the_door_and_the_job_sends_away(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    let mut hers = app.browser();
    hers.sign_in(&app, &alice);
    let mut browser = at_work(&app, &ada);
    let day = |days: i64| {
        let at = app.clock.now().plus(Span::days(days));
        at.to_xs_date_time()[..10].to_owned()
    };
    let path = format!("/admin/people/{}/dates", alice.id);
    let wrong = post(&mut browser, &path, &[("starts", "soon"), ("ends", "")]);
    wrong.assert(422, "soon");
    let (today, tomorrow) = (day(0), day(1));
    let turned = post(
        &mut browser,
        &path,
        &[("starts", &tomorrow), ("ends", &today)],
    );
    turned.assert(422, "must lie behind the start");
    // Not before tomorrow: the open session stops at once, and no new one begins.
    let set = post(
        &mut browser,
        &path,
        &[("starts", &tomorrow), ("ends", &tomorrow)],
    );
    assert_eq!(set.status, 303, "{}", set.body);
    assert!(!hers.is_signed_in());
    let page = hers.open("/");
    assert!(page.status != 200 || !page.has("id=\"sign-out\""));
    let mut other = app.browser();
    let page = other.open("/");
    let refused = other.submit_password(&page, "alice", &alice.password);
    assert_eq!(refused.status, 422);
    app.clock.advance(Span::days(1));
    app.browser().sign_in(&app, &alice);
    app.clock.advance(Span::days(1));
    let mut late = app.browser();
    let page = late.open("/");
    let refused = late.submit_password(&page, "alice", &alice.password);
    assert_eq!(refused.status, 422);
    let op = app.op();
    let directory = &app.services.directory;
    assert_eq!(
        wait(directory.send_away_whose_time_is_over(&op)).unwrap(),
        1
    );
    assert_eq!(
        wait(directory.send_away_whose_time_is_over(&op)).unwrap(),
        0
    );
    let user = wait(directory.user(&alice.id)).unwrap().unwrap();
    assert_eq!(user.state, UserState::Deactivated);
    assert_eq!(user.ends_at.unwrap().to_xs_date_time()[..10], day(0));
}

fn one_bad_row_imports_nobody(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let uma = app.person_with("uma", AdminRole::UserAdministrator);
    let (mut browser, mut hers) = (at_work(&app, &ada), at_work(&app, &uma));
    let good =
        "user_name,email,groups\ncarl,carl@example.com,Shop\ndora,dora@example.com,Shop; Desk\n";
    let bad = format!("{good}erik,not an address,Shop\n");
    let import = |browser: &mut Browser, csv: &str, act| {
        let fields = [("csv", csv), ("make_groups", "yes"), ("act", act)];
        post(browser, "/admin/people/import", &fields)
    };
    let refused = import(&mut browser, &bad, "import");
    refused.assert(422, "Line 4, email:");
    import(&mut browser, good, "look").assert(200, "2 people and 2 groups");
    let count = |kind| {
        let found = rows(
            db.store(),
            "SELECT COUNT(*) AS n FROM audit_records WHERE kind = $1",
            vec![kind],
        );
        found[0].int("n").unwrap()
    };
    assert_eq!(count("group.created".into()), 0);
    // Whoever administers people alone would become whom they make.
    import(&mut hers, good, "import").assert(403, "Your role");
    assert_eq!(count("group.created".into()), 0);
    import(&mut browser, good, "import").assert(200, "Made: 2 people and 2 groups");
    assert_eq!(count("group.created".into()), 2);
    let found = wait(app.services.directory.user_by_name("dora")).unwrap();
    assert_eq!(found.unwrap().state, UserState::Active);
    import(&mut browser, good, "look").assert(422, "Line 2");
}

fn who_is_erased_is_gone_and_the_audit_still_verifies(db: &TestDatabase) {
    let app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let alice = app.person("alice");
    let mut browser = at_work(&app, &ada);
    let leaving = format!("/admin/people/{}/leaving", alice.id);
    // Somebody who is here is not erased by a form.
    let early = post(&mut browser, &leaving, &[("value", "alice")]);
    assert_eq!(early.status, 404);
    let state = format!("/admin/people/{}/state", alice.id);
    post(&mut browser, &state, &[("value", "deactivated")]);
    browser.get(&leaving).assert(200, "id=\"erase\"");
    let audit = format!("/admin/audit?user={}", alice.id);
    browser.get(&audit).assert(200, "alice@example.com");
    post(&mut browser, &leaving, &[("value", "bob")]).assert(422, "alice");
    let gone = post(&mut browser, &leaving, &[("value", "alice")]);
    assert_eq!(gone.location(), "/admin/people");
    let after = browser.get(&audit);
    after.assert(200, "person.erased");
    assert!(!after.has("alice@example.com"));
    let pins = app.services.keys.pinned_keys();
    let verified = wait(signet::audit::verify(db.store(), &pins, None)).unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}

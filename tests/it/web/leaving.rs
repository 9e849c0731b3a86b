//! A person leaves: what they had open ends at once, and the receipt says what is left.

use signet::audit::LinkPurpose;
use signet::model::{AdminRole, ApiScope, Span, UserState};

use crate::app::clients::Authorize;
use crate::app::{TestApp, unescape};
use crate::keys_audit::wait;
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(everything_that_was_open_ends_and_the_receipt_says_so);

fn everything_that_was_open_ends_and_the_receipt_says_so(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let eva = app.person_with("eva", AdminRole::Auditor);
    app.aws_role(&eva);
    let client = app.client("wiki", |client| {
        client["backchannel_logout_uri"] = "https://wiki.example/logout".into();
    });
    app.assign_client(&client, &eva);

    // A portal, a grant with its refresh token, a role in AWS.
    let mut portal = app.browser();
    let page = portal.open(
        &Authorize::of(&client)
            .with("scope", "openid offline_access")
            .path(),
    );
    portal.sign_in_for(&app, &page, &eva);
    let code = portal.code(&Authorize::of(&client).with("scope", "openid offline_access"));
    let tokens = portal.redeem(&client, &code).json();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    let role = "/aws/console?account_id=123456789012&role_name=ReadOnly";
    portal.get(role).assert(200, "SAMLResponse");
    let sp = app.service_provider("tool.example", |saml| saml.allow_idp_initiated = true);
    app.assign_to(&sp, &eva);
    let start = format!("/saml/start/{}", sp.application.id);
    portal.get(&start).assert(200, "SAMLResponse");
    // A sign-in that has come half the way, a link, a token of the API.
    let mut half = app.browser();
    let page = half.open("/");
    let half_way = half.submit_password(&page, "eva", &eva.password);
    half_way.assert(200, "name=\"code\"");
    let link = app.link(&eva.id, LinkPurpose::Recovery);
    let op = app.op();
    let scopes = ("test", [ApiScope::UsersRead].as_slice());
    let made = app
        .services
        .credentials
        .create_api_token(&op, &eva.id, scopes, Span::days(1));
    let (_, api_token) = wait(made).unwrap();
    app.advance(Span::minutes(2));

    let mut console = app.browser();
    let page = console.open("/admin/people");
    console.complete(&app, &page, &ada);
    let csrf = console.get("/admin/people/invite").field("csrf").unwrap();
    let fields = [("csrf", csrf.as_str()), ("value", "deactivated")];
    let away = console.post(&format!("/admin/people/{}/state", eva.id), &fields);
    let receipt = console.get(away.location());
    receipt.assert(200, "id=\"ended\"");
    assert_eq!(
        receipt.body.matches("none left").count(),
        4,
        "{}",
        receipt.body
    );
    let body = unescape(&receipt.body);
    for says in [
        "wiki",
        "about to be told",
        "Cannot be told",
        "tool.example",
        "arn:aws:iam::123456789012:role/signet/Signet_ReadOnly",
        "\"aws:SourceIdentity\": \"eva\"",
        "\"aws:TokenIssueTime\"",
        "aws iam put-role-policy --role-name 'Signet_ReadOnly' --policy-name 'SignetDeny-eva'",
    ] {
        assert!(body.contains(says), "{says}: {body}");
    }

    // Each is refused, also when they are let in again.
    for state in [UserState::Deactivated, UserState::Active] {
        let op = app.op();
        wait(app.services.directory.set_user_state(&op, &eva.id, state)).unwrap();
        portal.open("/").assert(200, "name=\"password\"");
        assert!(!portal.open(role).has("SAMLResponse"));
        assert_eq!(portal.refresh(&client, &refresh).status, 400);
        let code = eva.next_code(&app);
        let next = half.submit(&half_way, &[("code", &code)]);
        let next = half.follow(next);
        assert!(!next.has("id=\"accounts-heading\""), "{}", next.body);
        app.browser().get(&link).assert(410, "link");
        let asked = app.browser().get_with("/api/v1/users", &api_token);
        assert_eq!(asked.status, 401);
    }
    let ended = rows(
        db.store(),
        "SELECT COUNT(*) AS n FROM audit_records WHERE kind = 'session.revoked'",
        vec![],
    );
    assert!(ended[0].int("n").unwrap() >= 1);
    // AWS's session is over when it is over.
    app.advance(Span::hours(2));
    let mut console = app.browser();
    let page = console.open("/admin/people");
    console.complete(&app, &page, &ada);
    console
        .get(&format!("/admin/people/{}/leaving", eva.id))
        .assert(200, "id=\"no-aws\"");
}

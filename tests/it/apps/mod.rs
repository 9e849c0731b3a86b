//! Applications and AWS: what cannot work is refused where somebody can mend it.

mod authority;
mod aws_limits;
mod metadata;

use signet::apps::{AppsError, NewApplication};
use signet::model::{
    AccountColour, AccountId, AwsAccount, PermissionSet, Principal, Registration, ServiceProvider,
    UserId,
};

use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(assignments_are_had_once_and_go_with_what_they_are_for);

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn refusal<T: std::fmt::Debug>(result: Result<T, AppsError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn aws_limits_of_a_permission_set_are_named() {
    let db = memory();
    let app = TestApp::start(&db);
    let base = app.permission_set("Base", |_| {});
    let refused = |change: &dyn Fn(&mut PermissionSet)| {
        let mut set = base.clone();
        change(&mut set);
        refusal(wait(
            app.services.apps.update_permission_set(&app.op(), set),
        ))
    };
    type Change<'a> = (&'a str, &'a dyn Fn(&mut PermissionSet));
    let changes: [Change; 16] = [
        ("name", &|s| s.name = String::new()),
        ("name", &|s| s.name = "n".repeat(33)),
        ("name", &|s| s.name = "with space".into()),
        ("role_path", &|s| s.role_path = "/signet/X".into()),
        ("role_path", &|s| s.role_path = "signet/".into()),
        ("role_path", &|s| {
            s.role_path = format!("signet/{}", "r".repeat(65))
        }),
        ("role_path", &|s| {
            s.role_path = "sig net/X,arn:aws:iam::1:role/Admin".into()
        }),
        // Another account's role, behind the end of this one's.
        ("role_path", &|s| {
            s.role_path = "x,arn:aws:iam::222222222222:role/Admin".into()
        }),
        ("role_path", &|s| s.role_path = "signet/a:b".into()),
        ("session_duration_seconds", &|s| {
            s.session_duration_seconds = 899
        }),
        ("session_duration_seconds", &|s| {
            s.session_duration_seconds = 43_201
        }),
        ("relay_state", &|s| {
            s.relay_state = Some("javascript:alert(1)".into())
        }),
        ("session_tags", &|s| {
            drop(s.session_tags.insert("aws:x".into(), "email".into()))
        }),
        ("session_tags", &|s| {
            drop(s.session_tags.insert("Department".into(), "email".into()))
        }),
        ("session_tags", &|s| {
            drop(s.session_tags.insert("x".into(), "emial".into()))
        }),
        ("transitive_tag_keys", &|s| {
            s.transitive_tag_keys.push("none".into())
        }),
    ];
    for (field, change) in changes {
        let said = refused(change);
        assert!(said.starts_with(field), "{field}: {said}");
    }
    for seconds in [900, 43_200] {
        let set = PermissionSet {
            session_duration_seconds: seconds,
            ..base.clone()
        };
        wait(app.services.apps.update_permission_set(&app.op(), set)).unwrap();
    }
}

#[test]
fn an_account_is_of_a_partition_that_is_configured() {
    let db = memory();
    let app = TestApp::start(&db);
    let account = |id: &str, partition: &str, provider: &str| AwsAccount {
        id: AccountId::parse(id).unwrap(),
        name: "Production".into(),
        email: String::new(),
        partition: partition.into(),
        provider_name: provider.into(),
        path: "/".into(),
        labels: Vec::new(),
        colour: AccountColour::None,
        revision: 0,
    };
    let add = |account| wait(app.services.apps.add_account(&app.op(), account));
    assert!(refusal(add(account("123456789012", "aws-mars", "Signet"))).contains("known are aws"));
    assert!(refusal(add(account("123456789012", "aws", "Sig net"))).starts_with("provider_name"));
    add(account("123456789012", "aws", "Signet")).unwrap();
    assert!(refusal(add(account("123456789012", "aws", "Signet"))).contains("taken"));
    add(account("210987654321", "aws-cn", "Signet")).unwrap();
}

#[test]
fn a_registration_that_could_send_assertions_astray_is_refused() {
    let db = memory();
    let app = TestApp::start(&db);
    let good = app.service_provider("sp.example", |_| {}).application;
    let good = good.saml().unwrap().clone();
    let register = |name: &str, change: &dyn Fn(&mut ServiceProvider)| {
        let mut saml = good.clone();
        saml.entity_id =
            signet::model::EntityId::parse(&format!("https://{name}/metadata")).unwrap();
        change(&mut saml);
        let new = NewApplication {
            name: name.into(),
            registration: Registration::Saml(saml),
        };
        wait(app.services.apps.register(&app.op(), new))
    };
    for url in [
        "http://sp.example/acs",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://u:p@sp.example/acs",
        "https://sp.example/acs#x",
        "//sp.example/acs",
        "",
    ] {
        let refused = register("bad.example", &|saml| {
            saml.assertion_consumer_services[0].acs_url = url.into()
        });
        assert!(refused.is_err(), "{url}");
    }
    assert!(
        register("bad.example", &|saml| saml
            .assertion_consumer_services
            .clear())
        .is_err()
    );
    assert!(
        register("bad.example", &|saml| saml.signing_certificates =
            vec!["bm8gY2VydGlmaWNhdGU=".into()])
        .is_err()
    );
    let unsigned = register("bad.example", &|saml| {
        saml.signing_certificates.clear();
        saml.require_signed_requests = true;
    });
    assert!(
        unsigned.is_err(),
        "signatures are required and nobody could make one"
    );
    assert!(refusal(register("SP.EXAMPLE", &|_| {})).contains("taken"));
    for state in ["x".repeat(81), "a\nb".to_owned()] {
        let refused = register("bad.example", &|saml| {
            saml.default_relay_state = Some(state.clone());
        });
        assert!(refusal(refused).starts_with("default_relay_state"));
    }
    let taken = register("new.example", &|saml| {
        saml.entity_id = good.entity_id.clone()
    });
    assert!(refusal(taken).contains("taken"));
    register("new.example", &|_| {}).unwrap();
}

fn assignments_are_had_once_and_go_with_what_they_are_for(db: &TestDatabase) {
    let app = TestApp::start(db);
    let alice = app.person("alice");
    let sp = app.service_provider("sp.example", |_| {});
    let assignment = app.assign_to(&sp, &alice);
    let apps = &app.services.apps;
    assert!(
        !wait(apps.assign(&app.op(), assignment.clone())).unwrap(),
        "it was there already"
    );
    let nobody = signet::model::AppAssignment {
        principal: Principal::User(UserId::from_random([9; 16])),
        ..assignment.clone()
    };
    assert!(wait(apps.assign(&app.op(), nobody)).is_err());
    let role = app.aws_role(&alice);
    let op = app.op();
    wait(app.services.directory.delete_user(&op, &alice.id)).unwrap();
    assert!(wait(apps.app_assignments()).unwrap().is_empty());
    assert!(wait(apps.account_assignments()).unwrap().is_empty());
    assert!(wait(apps.assign_account(&app.op(), role)).is_err());
}

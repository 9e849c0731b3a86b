//! What would lead to AWS by way of an application or a group is an administrator's.

use signet::apps::{AppsError, NewApplication};
use signet::directory::DirectoryError;
use signet::model::{
    AccountAssignment, AdminRole, AppAssignment, Application, EntityId, Principal, Registration,
    ReleasedAttribute,
};

use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase};

fn memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn update(app: &TestApp, by: Option<&Person>, changed: Application) -> Result<(), AppsError> {
    let op = match by {
        Some(person) => app.op().as_user(&person.id),
        None => app.op(),
    };
    wait(app.services.apps.update(&op, changed)).map(drop)
}

#[test]
fn an_application_administrator_changes_applications_but_none_that_reaches_aws() {
    let db = memory();
    let app = TestApp::start(&db);
    let pia = app.person_with("pia", AdminRole::ApplicationAdministrator);
    let carol = app.person_with("carol", AdminRole::Auditor);
    let sp = app.service_provider("wiki.example", |_| {});
    let renamed = |name: &str| Application {
        name: name.to_owned(),
        ..sp.application.clone()
    };
    assert!(update(&app, Some(&pia), renamed("Wiki")).is_ok());
    let refused = update(&app, Some(&carol), renamed("Other"));
    assert!(
        matches!(refused, Err(AppsError::NotAllowed(_))),
        "{refused:?}"
    );
    let assignment = AppAssignment {
        app_id: sp.application.id.clone(),
        principal: Principal::User(carol.id.clone()),
    };
    let op = app.op().as_user(&pia.id);
    assert!(wait(app.services.apps.assign(&op, assignment)).unwrap());

    // By a client with this scope people's roles are had.
    let with = |client: &Application, scopes: &[&str]| {
        let mut changed = client.clone();
        if let Registration::Client(client) = &mut changed.registration {
            client.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        }
        changed
    };
    let client = app.client("tool", |_| {}).application;
    let to_aws = with(&client, &["openid", "aws"]);
    let refused = update(&app, Some(&pia), to_aws.clone());
    assert!(
        matches!(refused, Err(AppsError::NotAllowed(_))),
        "{refused:?}"
    );
    assert!(update(&app, None, to_aws.clone()).is_ok());
    // Nor is one that has it changed otherwise, or taken over.
    let refused = update(&app, Some(&pia), with(&client, &["openid"]));
    assert!(
        matches!(refused, Err(AppsError::NotAllowed(_))),
        "{refused:?}"
    );
    let assigned = AppAssignment {
        app_id: client.id.clone(),
        principal: Principal::User(carol.id.clone()),
    };
    wait(app.services.apps.assign(&app.op(), assigned.clone())).unwrap();
    let refused = wait(app.services.apps.delete(&op, &client.id));
    // Nothing of it was done.
    let left = wait(app.services.apps.app_assignments()).unwrap();
    assert!(left.contains(&assigned));
    assert!(
        matches!(refused, Err(AppsError::NotAllowed(_))),
        "{refused:?}"
    );
    let new = NewApplication {
        name: "Another".into(),
        registration: to_aws.registration,
    };
    let refused = wait(app.services.apps.register(&op, new));
    assert!(matches!(
        refused,
        Err(AppsError::NotAllowed(_) | AppsError::Taken { .. })
    ));
}

/// AWS trusts our issuer and our key.
#[test]
fn no_application_is_taken_for_aws() {
    let db = memory();
    let app = TestApp::start(&db);
    let sp = app.service_provider("wiki.example", |_| {});
    let refused = |change: &dyn Fn(&mut signet::model::ServiceProvider)| {
        let mut saml = sp.application.saml().unwrap().clone();
        change(&mut saml);
        let changed = Application {
            registration: Registration::Saml(saml),
            ..sp.application.clone()
        };
        matches!(update(&app, None, changed), Err(AppsError::Invalid { .. }))
    };
    for name in [
        "urn:amazon:webservices",
        "https://signin.aws.amazon.com/saml",
    ] {
        assert!(
            refused(&|saml| saml.entity_id = EntityId::parse(name).unwrap()),
            "{name}"
        );
    }
    for url in [
        "https://signin.aws.amazon.com/saml",
        "https://eu-west-1.signin.aws.amazon.com/saml",
        "https://signin.amazonaws.cn/saml",
    ] {
        let moved = |saml: &mut signet::model::ServiceProvider| {
            saml.assertion_consumer_services[0].acs_url = url.into();
        };
        assert!(refused(&moved), "{url}");
    }
    let told = |name: &str| {
        let name = format!("https://aws.amazon.com/SAML/Attributes/{name}");
        refused(&move |saml| {
            saml.attributes.push(ReleasedAttribute {
                name: name.clone(),
                source: "groups".into(),
            });
        })
    };
    for name in [
        "Role",
        "RoleSessionName",
        "SourceIdentity",
        "PrincipalTag:team",
    ] {
        assert!(told(name), "{name}");
    }
    // What IAM Identity Center is told as an application.
    assert!(!told("AccessControl:team"));
}

#[test]
fn where_aws_is_told_of_groups_each_group_is_an_administrators() {
    let db = memory();
    let app = TestApp::start(&db);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let alice = app.person("alice");
    let group = app.group("Garden", &[]);
    let op = app.op().as_user(&ute.id);
    let directory = &app.services.directory;
    assert!(wait(directory.add_member(&op, &group.id, &alice.id)).unwrap());
    assert!(wait(directory.create_group(&op, "One", "")).is_ok());
    app.permission_set("Told", |set| {
        set.session_tags = [("groups".to_owned(), "groups".to_owned())].into();
        set.transitive_tag_keys = Vec::new();
    });
    let refused = |outcome: Result<(), DirectoryError>| {
        assert!(
            matches!(outcome, Err(DirectoryError::NotAllowed(_))),
            "{outcome:?}"
        );
    };
    refused(wait(directory.remove_member(&op, &group.id, &alice.id)).map(drop));
    refused(wait(directory.create_group(&op, "x:platform:x", "")).map(drop));
    refused(wait(directory.update_group(&op, &group.id, "platform", "")).map(drop));
    // Nor does a name pass for two.
    let user = wait(directory.user(&alice.id)).unwrap().unwrap();
    let odd = app.group("a:b", &[]);
    let set = app.permission_set("Other", |set| {
        set.session_tags = [("groups".to_owned(), "groups".to_owned())].into();
        set.transitive_tag_keys = Vec::new();
    });
    let tags = set.session_tags_of(&user, &[odd.clone(), group]);
    assert_eq!(tags, [("groups".to_owned(), Some(":Garden:".to_owned()))]);
    assert_eq!(
        set.session_tags_of(&user, &[odd]),
        [("groups".to_owned(), None)]
    );
}

/// Who reads an assignment goes by the group's name: under another name it would be trusted for what it is not.
#[test]
fn a_group_that_carries_rights_is_renamed_by_an_administrator() {
    let db = memory();
    let app = TestApp::start(&db);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let (plain, operators) = (app.group("Plain", &[]), app.group("Operators", &[]));
    let assignment = AccountAssignment {
        principal: Principal::Group(operators.id.clone()),
        ..app.aws_role(&ada)
    };
    wait(app.services.apps.assign_account(&app.op(), assignment)).unwrap();
    let rename = |by: &Person, id, name| {
        let op = app.op().as_user(&by.id);
        wait(app.services.directory.update_group(&op, id, name, ""))
    };
    let refused = rename(&ute, &operators.id, "Interns");
    assert!(
        matches!(refused, Err(DirectoryError::NotAllowed(_))),
        "{refused:?}"
    );
    assert_eq!(rename(&ute, &plain.id, "Garden").unwrap().name, "Garden");
    assert_eq!(
        rename(&ada, &operators.id, "Interns").unwrap().name,
        "Interns"
    );
}

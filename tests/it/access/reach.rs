//! Who can take what, by whatever way: the decision, the portal, the explanation and the audit's past all say the same.

use std::collections::BTreeSet;

use signet::access::{Answer, OutsideDays, Proof, ReachError, ReachQuery};
use signet::directory::DirectoryError;
use signet::model::{
    AccountAssignment, AccountColour, AccountId, AccountRule, AccountSelector, AdminRole,
    AwsAccount, Factor, Group, GroupRule, PermissionSet, Principal, Quantifier, SatisfiedFactor,
    Span, Timestamp,
};
use signet::op::Op;
use signet::policy::{AccessRequest, Decision, Target};

use crate::app::{Person, TestApp};
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase, on_every_engine};

on_every_engine!(
    every_way_to_a_role_is_the_decisions_and_the_explanations,
    the_past_is_explained_as_it_was,
);

fn account(app: &TestApp, id: &str, path: &str, labels: &[&str]) -> AwsAccount {
    let account = AwsAccount {
        id: AccountId::parse(id).unwrap(),
        name: format!("Account {id}"),
        email: String::new(),
        partition: "aws".into(),
        provider_name: "Signet".into(),
        path: path.into(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        colour: AccountColour::None,
        revision: 0,
    };
    wait(app.services.apps.add_account(&app.op(), account)).unwrap()
}

fn named(app: &TestApp, account: &AwsAccount, set: &PermissionSet, principal: Principal) {
    let assignment = AccountAssignment {
        account_id: account.id.clone(),
        permission_set_id: set.id.clone(),
        principal,
    };
    assert!(wait(app.services.apps.assign_account(&app.op(), assignment)).unwrap());
}

fn by_kind(app: &TestApp, selector: AccountSelector, set: &PermissionSet, group: &Group) {
    let rule = AccountRule {
        selector,
        permission_set_id: set.id.clone(),
        principal: Principal::Group(group.id.clone()),
    };
    assert!(wait(app.services.apps.assign_rule(&app.op(), rule)).unwrap());
}

fn nest(app: &TestApp, outer: &Group, inner: &Group) {
    let op = app.op();
    let nested = app.services.directory.nest_group(&op, &outer.id, &inner.id);
    assert!(wait(nested).unwrap());
}

fn platform(app: &TestApp, group: &Group, value: &str) {
    let text = format!("attributes.department is {value}");
    let rule = GroupRule::parse(Quantifier::All, &text).unwrap();
    let op = app.op();
    let set = app
        .services
        .directory
        .set_group_rule(&op, &group.id, Some(rule));
    wait(set).unwrap();
}

/// Whether the decision lets somebody who has proved everything.
fn may(app: &TestApp, person: &Person, account: &AwsAccount, set: &PermissionSet) -> bool {
    let op = app.op();
    let proved =
        [Factor::Password, Factor::Totp].map(|factor| SatisfiedFactor { factor, at: op.now });
    let proof = Proof {
        progress: Some((person.id.clone(), proved.to_vec())),
        ..Proof::default()
    };
    let request = AccessRequest::plain(Target::Aws {
        account_id: account.id.clone(),
        permission_set_id: set.id.clone(),
    });
    let outcome = wait(app.services.access.decide(&op, proof, request)).unwrap();
    matches!(outcome.decision, Decision::Allow(_))
}

fn ask(app: &TestApp, query: &ReachQuery) -> Result<Vec<Answer>, ReachError> {
    let op = app.op();
    wait(app.services.access.reach((&app.services.audit, &op), query))
}

fn of_person(name: &str) -> ReachQuery {
    ReachQuery {
        user: Some(name.to_owned()),
        ..ReachQuery::default()
    }
}

fn pairs(answers: &[Answer]) -> BTreeSet<(String, String, String)> {
    let pair = |a: &Answer| (a.user.clone(), a.account.clone(), a.permission_set.clone());
    answers.iter().map(pair).collect()
}

/// People, groups in groups and by rule, accounts by number, label and path.
struct Organisation {
    people: Vec<Person>,
    accounts: Vec<AwsAccount>,
    sets: Vec<PermissionSet>,
    groups: Vec<Group>,
}

fn organise(app: &TestApp) -> Organisation {
    let people: Vec<_> = ["alice", "bob", "carol", "dora"]
        .map(|name| app.person(name))
        .into_iter()
        .collect();
    app.set_attributes(&people[2], &[("department", "Platform")]);
    let accounts = vec![
        account(
            app,
            "111111111111",
            "/Workloads/Production",
            &["production"],
        ),
        account(app, "222222222222", "/Workloads/Test", &["test", "shop"]),
        account(app, "333333333333", "/WorkloadsElsewhere", &["production"]),
        account(app, "444444444444", "/", &[]),
    ];
    let sets = ["Admin", "ReadOnly"].map(|name| app.permission_set(name, |_| {}));
    let inner = app.group("Inner", &[&people[1]]);
    let (middle, outer) = (app.group("Middle", &[]), app.group("Outer", &[]));
    let rule = app.group("Platform", &[]);
    nest(app, &middle, &inner);
    nest(app, &outer, &middle);
    nest(app, &outer, &rule);
    platform(app, &rule, "PLATFORM");
    named(
        app,
        &accounts[3],
        &sets[0],
        Principal::User(people[0].id.clone()),
    );
    named(
        app,
        &accounts[1],
        &sets[1],
        Principal::Group(outer.id.clone()),
    );
    by_kind(
        app,
        AccountSelector::Label("production".into()),
        &sets[1],
        &middle,
    );
    by_kind(
        app,
        AccountSelector::Path("/Workloads".into()),
        &sets[0],
        &rule,
    );
    Organisation {
        people,
        accounts,
        sets: sets.to_vec(),
        groups: vec![inner, middle, outer, rule],
    }
}

fn every_way_to_a_role_is_the_decisions_and_the_explanations(db: &TestDatabase) {
    let app = TestApp::start(db);
    let o = organise(&app);
    let mut decided = BTreeSet::new();
    for person in &o.people {
        for account in &o.accounts {
            for set in &o.sets {
                if may(&app, person, account, set) {
                    let name = person.user_name.clone();
                    decided.insert((name, account.id.to_string(), set.name.clone()));
                }
            }
        }
    }
    let expected = [
        // Directly.
        ("alice", "444444444444", "Admin"),
        // By a group two groups further in; by a label on a group one further in.
        ("bob", "222222222222", "ReadOnly"),
        ("bob", "111111111111", "ReadOnly"),
        ("bob", "333333333333", "ReadOnly"),
        // By a rule, whatever the case; by a path that ends at a slash.
        ("carol", "222222222222", "ReadOnly"),
        ("carol", "111111111111", "Admin"),
        ("carol", "222222222222", "Admin"),
    ];
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(decided, BTreeSet::from(expected));

    let mut why = BTreeSet::new();
    for person in &o.people {
        why.extend(pairs(&ask(&app, &of_person(&person.user_name)).unwrap()));
    }
    assert_eq!(why, decided);
    let mut who = BTreeSet::new();
    for account in &o.accounts {
        let query = ReachQuery {
            account: Some(account.name.clone()),
            ..ReachQuery::default()
        };
        who.extend(pairs(&ask(&app, &query).unwrap()));
    }
    assert_eq!(who, decided);
    // A person and an account together: what both say.
    for person in &o.people {
        for account in &o.accounts {
            let query = ReachQuery {
                account: Some(account.name.clone()),
                ..of_person(&person.user_name)
            };
            let of_both = decided
                .iter()
                .filter(|(user, id, _)| *user == person.user_name && *id == account.id.as_str());
            let answers = pairs(&ask(&app, &query).unwrap());
            assert_eq!(answers, of_both.cloned().collect());
        }
    }

    let answers = ask(&app, &of_person("bob@example.com")).unwrap();
    let way = answers
        .iter()
        .find(|a| a.account == "222222222222")
        .unwrap();
    assert_eq!(way.through, ["Inner", "Middle", "Outer"]);
    let way = answers
        .iter()
        .find(|a| a.account == "111111111111")
        .unwrap();
    assert_eq!(way.selector.as_deref(), Some("label production"));
    let answers = ask(&app, &of_person("carol")).unwrap();
    assert!(answers.iter().all(|answer| answer.by_rule));
    // The portal offers exactly what is decided.
    let mut browser = app.browser();
    let portal = browser.sign_in(&app, &o.people[1]);
    assert_eq!(portal.body.matches("class=\"console-link\"").count(), 3);
}

fn the_past_is_explained_as_it_was(db: &TestDatabase) {
    let mut app = TestApp::start(db);
    let o = organise(&app);
    let mut moments: Vec<(Timestamp, BTreeSet<_>)> = Vec::new();
    let everybody = |app: &TestApp, at: Option<Timestamp>| {
        let mut all = BTreeSet::new();
        for person in &o.people {
            let query = ReachQuery {
                at,
                ..of_person(&person.user_name)
            };
            all.extend(pairs(&ask(app, &query).unwrap()));
        }
        all
    };
    type Step = fn(&TestApp, &Op, &Organisation);
    let steps: [Step; 4] = [
        |_, _, _| {},
        |app, op, o| {
            let (outer, inner) = (&o.groups[2].id, &o.groups[1].id);
            assert!(wait(app.services.directory.unnest_group(op, outer, inner)).unwrap());
        },
        |app, _, o| app.set_attributes(&o.people[2], &[("department", "Shop")]),
        |app, op, o| {
            let labelled = AwsAccount {
                labels: vec!["production".into()],
                ..o.accounts[3].clone()
            };
            wait(app.services.apps.update_account(op, labelled)).unwrap();
        },
    ];
    for step in steps {
        app.advance(Span::minutes(1));
        step(&app, &app.op(), &o);
        moments.push((app.op().now, everybody(&app, None)));
    }
    let states: BTreeSet<_> = moments.iter().map(|(_, state)| state).collect();
    assert_eq!(states.len(), 4, "each step changes something");
    app.advance(Span::minutes(1));
    for (at, state) in &moments {
        assert_eq!(everybody(&app, Some(*at)), *state, "{at:?}");
    }
    let before = ReachQuery {
        at: Some(Timestamp::from_millis(1)),
        ..of_person("alice")
    };
    assert!(matches!(
        ask(&app, &before),
        Err(ReachError::NotFound { .. })
    ));
}

#[test]
fn groups_are_in_no_circle_and_by_rule_or_by_hand() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let o = organise(&app);
    let (op, directory) = (app.op(), &app.services.directory);
    let refused = |outcome: Result<bool, DirectoryError>| {
        assert!(
            matches!(outcome, Err(DirectoryError::Invalid { .. })),
            "{outcome:?}"
        );
    };
    let [inner, _, outer, rule] = &o.groups[..] else {
        unreachable!()
    };
    refused(wait(directory.nest_group(&op, &inner.id, &outer.id)));
    refused(wait(directory.nest_group(&op, &inner.id, &inner.id)));
    refused(wait(directory.nest_group(&op, &rule.id, &inner.id)));
    refused(wait(directory.add_member(&op, &rule.id, &o.people[0].id)));
    let conditions = "attributes.department is x";
    let of_hand = GroupRule::parse(Quantifier::Any, conditions).unwrap();
    let set = wait(directory.set_group_rule(&op, &inner.id, Some(of_hand)));
    assert!(matches!(set, Err(DirectoryError::Invalid { .. })));
    for wrong in [
        "",
        "department is x",
        "attributes.x like y",
        "attributes. is x",
        "email is",
    ] {
        assert!(GroupRule::parse(Quantifier::All, wrong).is_err(), "{wrong}");
    }
}

/// Whoever administers people could put somebody into a group by an attribute.
#[test]
fn an_attribute_that_leads_to_rights_is_an_administrators_to_give() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let o = organise(&app);
    let ute = app.person_with("ute", AdminRole::UserAdministrator);
    let ada = app.person_with("ada", AdminRole::Administrator);
    let give = |by: &Person, department: &str| {
        let user = wait(app.services.directory.user(&o.people[3].id))
            .unwrap()
            .unwrap();
        let profile = signet::directory::Profile {
            email: user.email.to_string(),
            display_name: user.display_name,
            given_name: user.given_name,
            family_name: user.family_name,
            attributes: [("department".to_owned(), vec![department.to_owned()])].into(),
        };
        let op = app.op().as_user(&by.id);
        wait(
            app.services
                .directory
                .update_user(&op, &user.id, "dora", &profile),
        )
    };
    assert!(give(&ute, "Garden").is_ok());
    assert!(matches!(
        give(&ute, "platform"),
        Err(DirectoryError::NotAllowed(_))
    ));
    assert!(give(&ada, "platform").is_ok());
    // Nor is somebody taken out by it.
    assert!(matches!(
        give(&ute, "Garden"),
        Err(DirectoryError::NotAllowed(_))
    ));
}

#[test]
fn a_table_for_programs_holds_no_formula() {
    let answer = Answer {
        user: "=cmd|'x'!A1".into(),
        state: signet::model::UserState::Active,
        days: None,
        account: "111111111111".into(),
        account_name: "a \"b\", c".into(),
        permission_set: "Admin".into(),
        through: vec!["One".into(), "Two".into()],
        by_rule: true,
        selector: None,
    };
    let csv = Answer::csv(&[answer]);
    let line = csv.lines().nth(1).unwrap();
    assert_eq!(
        line,
        "'=cmd|'x'!A1,active,111111111111,\"a \"\"b\"\", c\",Admin,One > Two,yes,,"
    );
}

/// Whoever cannot sign in that day can take nothing, whatever is assigned to them.
#[test]
fn the_answer_says_whose_days_do_not_let_them_in() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let alice = app.person("alice");
    app.aws_role(&alice);
    let now = app.clock.now();
    let (day, before) = (now.plus(Span::days(1)), now.minus(Span::days(9)));
    let directory = &app.services.directory;
    for (dates, days) in [
        ((None, None), None),
        ((Some(now), Some(day)), None),
        ((Some(day), None), Some(OutsideDays::NotYet)),
        ((Some(before), Some(now)), Some(OutsideDays::Over)),
    ] {
        wait(directory.set_dates(&app.op(), &alice.id, dates)).unwrap();
        let answers = ask(&app, &of_person("alice")).unwrap();
        assert_eq!(answers[0].days, days, "{dates:?}");
        let word = days.map_or("", OutsideDays::as_str);
        let table = Answer::csv(&answers);
        assert!(table.ends_with(&format!(",{word}\r\n")), "{table}");
    }
    // Of a past time it is asked what they were then.
    let then = ReachQuery {
        at: Some(now.minus(Span::days(1))),
        ..of_person("alice")
    };
    app.clock.advance(Span::days(2));
    let error = ask(&app, &then);
    assert!(
        matches!(error, Err(ReachError::NotFound { .. })),
        "{error:?}"
    );
}

/// One group in another, without any rule: only who is in there is loaded.
#[test]
fn whoever_is_in_a_group_within_is_among_those_who_can() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = TestApp::start(&db);
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let (outer, inner) = (app.group("Outer", &[]), app.group("Inner", &[&alice]));
    nest(&app, &outer, &inner);
    let role = app.aws_role(&bob);
    let assignment = AccountAssignment {
        principal: Principal::Group(outer.id),
        ..role.clone()
    };
    wait(app.services.apps.assign_account(&app.op(), assignment)).unwrap();
    let query = ReachQuery {
        account: Some(role.account_id.to_string()),
        ..ReachQuery::default()
    };
    let answers = ask(&app, &query).unwrap();
    let who: Vec<&str> = answers.iter().map(|answer| answer.user.as_str()).collect();
    assert_eq!(who, ["alice", "bob"]);
    assert_eq!(answers[0].through, ["Inner", "Outer"]);
}

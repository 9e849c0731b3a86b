//! What a client may have in its own name: each rule by itself.

use signet::model::{AppId, GrantType};
use signet::policy::{ClientFacts, DenyReason, Entitlement, decide_client};

fn app() -> AppId {
    AppId::from_random([5; 16])
}

fn facts() -> ClientFacts {
    ClientFacts {
        app_id: Some(app()),
        entitlement: Entitlement::Assigned,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::ClientCredentials],
        scopes: vec!["read".into(), "write".into()],
    }
}

fn scopes(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_client_gets_what_it_is_registered_for_and_exactly_what_it_asked_for() {
    for wanted in [scopes(&["read"]), scopes(&["write", "read"]), scopes(&[])] {
        let grant = decide_client(&facts(), &wanted).unwrap();
        assert_eq!(grant.app_id(), &app());
        assert_eq!(grant.scopes(), wanted);
    }
}

#[test]
fn each_rule_refuses_by_itself() {
    let wanted = scopes(&["read"]);
    let gone = ClientFacts {
        app_id: None,
        ..facts()
    };
    assert_eq!(
        decide_client(&gone, &wanted),
        Err(DenyReason::TargetUnknown)
    );
    for (entitlement, reason) in [
        (Entitlement::NotAssigned, DenyReason::NotAssigned),
        (Entitlement::TargetDisabled, DenyReason::TargetDisabled),
        (Entitlement::TargetUnknown, DenyReason::TargetUnknown),
    ] {
        let other = ClientFacts {
            entitlement,
            ..facts()
        };
        assert_eq!(decide_client(&other, &wanted), Err(reason));
    }
    let another_grant = ClientFacts {
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ..facts()
    };
    assert_eq!(
        decide_client(&another_grant, &wanted),
        Err(DenyReason::NotAssigned)
    );
    for more in [scopes(&["admin"]), scopes(&["read", "admin"])] {
        assert_eq!(decide_client(&facts(), &more), Err(DenyReason::NotAssigned));
    }
}

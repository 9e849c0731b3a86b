//! Whether a token of the API is good for a scope: each rule, and the order in which they are asked.

use signet::model::{AdminRole, ApiScope, ApiToken, ApiTokenId, Span, UserState};
use signet::policy::{ApiDenial, ApiFacts, decide_api};

use super::{NOW, user};

fn token() -> ApiToken {
    ApiToken {
        id: ApiTokenId::from_random([3; 16]),
        user_id: user(),
        name: "test".into(),
        scopes: vec![ApiScope::UsersRead, ApiScope::UsersInvite],
        created_at: NOW.minus(Span::days(1)),
        expires_at: NOW.plus(Span::seconds(1)),
        last_used_at: None,
        revoked_at: None,
    }
}

fn facts(token: ApiToken, state: UserState, role: AdminRole) -> ApiFacts {
    ApiFacts {
        token: Some(token),
        owner: Some((state, role)),
    }
}

fn asked(facts: &ApiFacts, scope: ApiScope) -> Result<(), ApiDenial> {
    decide_api(scope, facts, NOW).map(|grant| {
        assert_eq!(grant.subject(), &user());
        assert_eq!(grant.scope(), scope);
    })
}

#[test]
fn a_token_of_somebody_who_may_is_good_for_its_scopes() {
    let good = facts(token(), UserState::Active, AdminRole::Administrator);
    assert_eq!(asked(&good, ApiScope::UsersRead), Ok(()));
    assert_eq!(asked(&good, ApiScope::UsersInvite), Ok(()));
    assert_eq!(
        asked(&good, ApiScope::TracesRead),
        Err(ApiDenial::InsufficientScope)
    );
}

#[test]
fn what_is_over_is_good_for_nothing() {
    let invalid = Err(ApiDenial::InvalidToken);
    let over = [
        ApiToken {
            expires_at: NOW,
            ..token()
        },
        ApiToken {
            revoked_at: Some(NOW.minus(Span::days(1))),
            ..token()
        },
    ];
    for token in over {
        let facts = facts(token, UserState::Active, AdminRole::Administrator);
        assert_eq!(asked(&facts, ApiScope::UsersRead), invalid);
    }
    for state in [
        UserState::Invited,
        UserState::Suspended,
        UserState::Deactivated,
    ] {
        let facts = facts(token(), state, AdminRole::Administrator);
        assert_eq!(asked(&facts, ApiScope::UsersRead), invalid, "{state:?}");
    }
    let nobody = ApiFacts {
        token: Some(token()),
        owner: None,
    };
    let nothing = ApiFacts {
        token: None,
        owner: Some((UserState::Active, AdminRole::Administrator)),
    };
    assert_eq!(asked(&nobody, ApiScope::UsersRead), invalid);
    assert_eq!(asked(&nothing, ApiScope::UsersRead), invalid);
}

#[test]
fn a_scope_is_never_more_than_its_owners_role() {
    for (role, reads, invites) in [
        (AdminRole::None, false, false),
        (AdminRole::Auditor, true, false),
        (AdminRole::UserAdministrator, true, true),
        (AdminRole::Administrator, true, true),
    ] {
        let facts = facts(token(), UserState::Active, role);
        let expected = |is_allowed| {
            if is_allowed {
                Ok(())
            } else {
                Err(ApiDenial::NotAllowed)
            }
        };
        assert_eq!(
            asked(&facts, ApiScope::UsersRead),
            expected(reads),
            "{role:?}"
        );
        assert_eq!(
            asked(&facts, ApiScope::UsersInvite),
            expected(invites),
            "{role:?}"
        );
    }
}

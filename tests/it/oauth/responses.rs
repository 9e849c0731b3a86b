//! What goes back to a redirect URI: nothing of it lost, nothing of the URI changed, the issuer always there.

use proptest::prelude::*;
use signet::protocol::oauth::{
    AuthorizationOutcome, AuthorizationResponse, ErrorCode, ResponseMode, post_logout_redirect_url,
};
use url::Url;

const ISSUER: &str = "https://id.example";

fn code<'a>(state: Option<&'a str>) -> AuthorizationResponse<'a> {
    AuthorizationResponse {
        outcome: AuthorizationOutcome::Code("c-1"),
        state,
        issuer: ISSUER,
    }
}

fn error<'a>(description: &'a str, state: Option<&'a str>) -> AuthorizationResponse<'a> {
    AuthorizationResponse {
        outcome: AuthorizationOutcome::Error {
            code: ErrorCode::LoginRequired,
            description,
        },
        state,
        issuer: ISSUER,
    }
}

fn owned(fields: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    fields.iter().map(|(n, v)| (*n, (*v).to_owned())).collect()
}

#[test]
fn redirects() {
    for (uri, url) in [
        (
            "https://app.example/cb",
            "https://app.example/cb?code=c-1&state=s+1&iss=https%3A%2F%2Fid.example",
        ),
        (
            "https://app.example/cb?a=%20b",
            "https://app.example/cb?a=%20b&code=c-1&state=s+1&iss=https%3A%2F%2Fid.example",
        ),
        (
            "https://app.example/cb?",
            "https://app.example/cb?code=c-1&state=s+1&iss=https%3A%2F%2Fid.example",
        ),
        (
            "https://app.example",
            "https://app.example?code=c-1&state=s+1&iss=https%3A%2F%2Fid.example",
        ),
        (
            "com.example.app:/cb",
            "com.example.app:/cb?code=c-1&state=s+1&iss=https%3A%2F%2Fid.example",
        ),
        (
            "https://app.example/cb#f",
            "https://app.example/cb?code=c-1&state=s+1&iss=https%3A%2F%2Fid.example#f",
        ),
    ] {
        assert_eq!(code(Some("s 1")).redirect_url(uri), url);
    }
    assert_eq!(
        error("sign in first", None).redirect_url("https://app.example/cb"),
        "https://app.example/cb?error=login_required&error_description=sign+in+first&iss=https%3A%2F%2Fid.example"
    );
}

#[test]
fn forms() {
    assert_eq!(
        code(Some("s&<1>")).fields(),
        owned(&[("code", "c-1"), ("state", "s&<1>"), ("iss", ISSUER)])
    );
    assert_eq!(
        error("", Some("s")).fields(),
        owned(&[("error", "login_required"), ("state", "s"), ("iss", ISSUER)])
    );
    assert_eq!(
        error("say \"é\\\"\n", None).fields(),
        owned(&[
            ("error", "login_required"),
            ("error_description", "say '?/'?"),
            ("iss", ISSUER)
        ])
    );
    assert_eq!(
        ResponseMode::from_name("form_post"),
        Some(ResponseMode::FormPost)
    );
    assert_eq!(ResponseMode::from_name("fragment"), None);
}

/// The names as the standards spell them.
#[test]
fn error_names() {
    let names: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        names,
        [
            "invalid_request",
            "invalid_client",
            "invalid_grant",
            "unauthorized_client",
            "unsupported_grant_type",
            "invalid_scope",
            "access_denied",
            "unsupported_response_type",
            "server_error",
            "temporarily_unavailable",
            "interaction_required",
            "login_required",
            "account_selection_required",
            "consent_required",
            "request_not_supported",
            "request_uri_not_supported",
            "registration_not_supported",
            "unmet_authentication_requirements",
            "invalid_target",
            "unsupported_token_type",
            "invalid_token",
            "insufficient_scope",
        ]
    );
    let json = serde_json::to_string(&ErrorCode::InvalidGrant).unwrap();
    assert_eq!(json, "\"invalid_grant\"");
}

#[test]
fn signing_out_takes_the_state_along() {
    assert_eq!(
        post_logout_redirect_url("https://app.example/bye?a=b", Some("s&1")),
        "https://app.example/bye?a=b&state=s%261"
    );
    let uri = "https://app.example/bye";
    assert_eq!(post_logout_redirect_url(uri, None), uri);
}

proptest! {
    #[test]
    fn any_state_comes_back_whole(
        state in any::<String>(),
        uri in r"https://app\.example(:8443)?/[a-z]{0,4}(\?([a-z]=[a-z%20]{0,3}){0,2}&?)?",
    ) {
        for response in [code(Some(&state)), error("why not", Some(&state))] {
            let url = response.redirect_url(&uri);
            prop_assert!(url.starts_with(&uri));
            prop_assert!(url.is_ascii() && !url.contains('#'));
            let before = Url::parse(&uri).unwrap();
            let after = Url::parse(&url).unwrap();
            prop_assert_eq!(before.host_str(), after.host_str());
            prop_assert_eq!(before.path(), after.path());
            let pairs = |url: &Url| -> Vec<(String, String)> {
                url.query_pairs().into_owned().collect()
            };
            let fields = response.fields();
            let mut expected = pairs(&before);
            expected.extend(fields.into_iter().map(|(n, v)| (n.to_owned(), v)));
            prop_assert_eq!(pairs(&after), expected);
            prop_assert!(pairs(&after).contains(&("state".to_owned(), state.clone())));
        }
    }
}

//! Why a client's request went no further.

use super::difference::{compared_with, listed, nearest};
use super::{Diagnosis, Seen};
use crate::issue::{AuthorizationRule, OauthError};
use crate::model::{Cause, Client};
use crate::protocol::oauth::{ErrorCode, RedirectUriError};

/// An authorization request that must not be redirected.
pub fn of_authorization_rule(rule: &AuthorizationRule, seen: &Seen<'_>) -> Diagnosis {
    let app = seen.app_name();
    match rule {
        AuthorizationRule::GrantType => Diagnosis::one(
            "grant_type",
            Cause::certain(
                format!("{app} is registered without the grant type authorization_code"),
                "add authorization_code to grant_types in its registration, or let it use client_credentials",
            ),
        ),
        AuthorizationRule::RedirectUri(RedirectUriError::Missing) => Diagnosis::one(
            "redirect_uri",
            Cause::certain(
                "the request has no redirect_uri",
                format!("let the client send one of: {}", uris(seen)),
            ),
        ),
        AuthorizationRule::RedirectUri(error) => {
            let sent = seen.value("redirect_uri").unwrap_or_default();
            let registered = client(seen).map_or(&[][..], |client| &client.redirect_uris);
            let compared = match nearest(sent, registered.iter().map(String::as_str)) {
                Some(near) => compared_with(sent, near),
                None => format!("registered: {}", uris(seen)),
            };
            let said = if matches!(error, RedirectUriError::NotRegistered) {
                String::new()
            } else {
                format!(" ({error})")
            };
            Diagnosis::one(
                "redirect_uri",
                Cause::certain(
                    format!(
                        "{app} asks to be answered at {sent}, which is not registered{said}; {compared}"
                    ),
                    "register exactly the redirect URI that the client sends, or correct it at the client",
                ),
            )
        }
    }
}

/// A sign-out by a client that does not go back to it.
pub fn of_sign_out(seen: &Seen<'_>) -> Diagnosis {
    let sent = seen.value("post_logout_redirect_uri").unwrap_or_default();
    let registered = client(seen).map_or(&[][..], |c| &c.post_logout_redirect_uris);
    let registered = || registered.iter().map(String::as_str);
    let compared = match nearest(sent, registered()) {
        Some(near) => compared_with(sent, near),
        None => format!("registered: {}", listed(registered())),
    };
    let app = seen.app_name();
    Diagnosis::one(
        "post_logout_redirect_uri",
        Cause::certain(
            format!(
                "{app} asks to go on at {sent} after signing out, which is not registered; {compared}"
            ),
            "register exactly the post_logout_redirect_uri that the client sends, or correct it at the client",
        ),
    )
}

/// What the client is told by redirect.
pub fn of_authorization(error: &OauthError, seen: &Seen<'_>) -> Diagnosis {
    let app = seen.app_name();
    let fix = match error.code {
        ErrorCode::InvalidScope => format!(
            "let the client ask for no more than: {}; or add the scope to its registration",
            listed(client(seen).iter().flat_map(|c| c.scopes.iter()).map(String::as_str))
        ),
        ErrorCode::InvalidTarget => format!(
            "let the client ask for one of: {}; or add the resource to its registration",
            listed(client(seen).iter().flat_map(|c| c.resources.iter()).map(String::as_str))
        ),
        ErrorCode::UnsupportedResponseType => "set the client's flow to the authorization code (response_type=code); implicit and hybrid are not offered".to_owned(),
        ErrorCode::RequestNotSupported | ErrorCode::RequestUriNotSupported => "switch request objects off at the client".to_owned(),
        _ if error.rule == "pkce" => format!("switch PKCE with S256 on at the client; if it cannot, set require_pkce = false in the registration of {app}"),
        _ => "correct the parameter at the client".to_owned(),
    };
    Diagnosis::one(error.rule, Cause::certain(error.description.clone(), fix))
}

/// A client that did not prove who it is; `detail` says more of an assertion.
pub fn of_client(rule: &str, detail: Option<&str>, seen: &Seen<'_>) -> Diagnosis {
    let app = seen.app_name();
    let used = seen
        .value("client authentication")
        .unwrap_or("another method");
    let said = detail.map_or(String::new(), |detail| format!(": {detail}"));
    let causes = match rule {
        "client_disabled" => vec![Cause::certain(
            format!("{app} is disabled"),
            "enable the application in its registration",
        )],
        "client_auth_method" => {
            let registered =
                client(seen).map_or("another one", |c| c.token_endpoint_auth_method.as_str());
            vec![Cause::certain(
                format!(
                    "the client proves who it is by {used}, and {app} is registered with {registered}"
                ),
                format!(
                    "set the client's authentication method to {registered}, or change token_endpoint_auth_method in its registration"
                ),
            )]
        }
        "client_secret" => vec![Cause::likely(
            format!("{app} sent a secret that is none of its secrets: mistyped, cut, or replaced"),
            format!(
                "make a new one with `signet client secret`, and put it into the client{}",
                basic_hint(used)
            ),
        )],
        "client_keys" => vec![Cause::certain(
            format!("the keys (jwks) that are registered for {app} cannot be used"),
            "register the client's current public keys",
        )],
        "client_assertion_signature" => vec![Cause::likely(
            format!("no registered key of {app} verifies its assertion{said}"),
            "register the client's current public keys (jwks), with the kid that it sends",
        )],
        "client_assertion_claims" => vec![Cause::certain(
            format!("the client's assertion does not say what it must{said}"),
            format!(
                "let the client set iss and sub to its client_id, aud to {}, a new jti, and exp at most 5 minutes ahead",
                seen.ours
            ),
        )],
        "client_assertion_replay" => vec![Cause::certain(
            format!("{app} used one assertion twice"),
            "let the client make a new assertion, with a new jti, for each request",
        )],
        _ => vec![Cause::certain(
            "the client did not prove who it is",
            "correct the client's credentials",
        )],
    };
    Diagnosis::of(rule, causes)
}

fn basic_hint(used: &str) -> &'static str {
    if used == "client_secret_basic" {
        "; in HTTP Basic, id and secret are percent-encoded first (RFC 6749, section 2.3.1)"
    } else {
        ""
    }
}

/// A refusal of the token endpoint and its neighbours.
pub fn of_token_request(error: &OauthError, seen: &Seen<'_>) -> Diagnosis {
    let app = seen.app_name();
    let causes = match error.rule {
        "code_used" => vec![Cause::certain(
            format!("{app} redeemed one code twice; everything that was given for it is revoked"),
            "let the client redeem a code once: look for a callback that runs twice, or a request that is sent again",
        )],
        "code_unknown" => vec![
            Cause::likely(
                "the code has expired: a code lives 60 seconds",
                "let the client redeem the code at once; compare its clock only if it waits for one",
            ),
            Cause::likely(
                "the code is none of ours: cut, decoded twice, or of another identity provider",
                "let the client send the code exactly as it came",
            ),
        ],
        "code_client" => vec![Cause::certain(
            format!("{app} redeems a code that was given to another client"),
            "use the client_id of the authorization request at the token endpoint, too",
        )],
        "code_redirect_uri" => vec![Cause::certain(
            format!(
                "the redirect_uri of the token request ({}) is not the one of the authorization request",
                seen.value("redirect_uri").unwrap_or("none")
            ),
            "send the same redirect_uri in both requests",
        )],
        "pkce" => vec![Cause::certain(
            format!(
                "code_verifier does not belong to the code_challenge of the authorization request: {}",
                error.description
            ),
            "let the client keep the verifier of each sign-in with that sign-in's state",
        )],
        "refresh_token_reused" => vec![Cause::certain(
            format!(
                "{app} used a refresh token again that was replaced before; the whole family is revoked"
            ),
            "let the client keep the new refresh token of each answer, and refresh in one place at a time",
        )],
        "refresh_token_client" => vec![Cause::certain(
            format!("{app} uses a refresh token that was given to another client"),
            "use the client_id with which the person signed in",
        )],
        "refresh_token_unknown" => vec![
            Cause::likely(
                "the refresh token has expired, was revoked, or its session has ended",
                "let the person sign in again",
            ),
            Cause::likely(
                "the refresh token is none of ours",
                "let the client send it exactly as it came",
            ),
        ],
        "person_denied" => vec![Cause::certain(
            format!("the person may not use {app} any more: disabled, signed out, or not assigned"),
            "assign or enable the person, and let them sign in again",
        )],
        "invalid_token" => vec![Cause::likely(
            "the access token has expired, was revoked with its session or family, or is none of ours",
            "let the client refresh its token, and send it exactly as it came",
        )],
        "insufficient_scope" => vec![Cause::certain(
            error.description.clone(),
            "let the client ask for the scope openid when the person signs in",
        )],
        "grant_type_of_client" => vec![Cause::certain(
            format!(
                "{app} is registered without the grant type {}",
                seen.value("grant_type").unwrap_or("that it uses")
            ),
            "add it to grant_types in the registration, if the client is to use it",
        )],
        _ => return of_authorization(error, seen),
    };
    Diagnosis::of(error.rule, causes)
}

fn client<'a>(seen: &Seen<'a>) -> Option<&'a Client> {
    seen.application.and_then(|app| app.client())
}

fn uris(seen: &Seen<'_>) -> String {
    listed(
        client(seen)
            .iter()
            .flat_map(|c| c.redirect_uris.iter())
            .map(String::as_str),
    )
}

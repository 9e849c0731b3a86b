//! The provider's metadata.

use openidconnect::core::CoreProviderMetadata;
use serde_json::Value;
use signet::protocol::jose::Algorithm;
use signet::protocol::oauth::{BackChannelLogout, Endpoints, MetadataFacts, ProviderMetadata};

fn document(back_channel_logout: BackChannelLogout) -> ProviderMetadata {
    let at = |path: &str| format!("https://id.example/oauth2/{path}");
    let endpoints = Endpoints {
        authorization: at("authorize"),
        token: at("token"),
        userinfo: at("userinfo"),
        jwks: at("jwks"),
        introspection: at("introspect"),
        revocation: at("revoke"),
        end_session: at("end_session"),
    };
    ProviderMetadata::new(&MetadataFacts {
        issuer: "https://id.example",
        endpoints: &endpoints,
        signing_algorithms: &Algorithm::ALL,
        acr_values: &["https://refeds.org/profile/mfa"],
        further_scopes: &["api"],
        ui_locales: &["en", "de"],
        back_channel_logout,
    })
}

#[test]
fn the_document() {
    let document = document(BackChannelLogout::Supported);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "issuer": "https://id.example",
      "authorization_endpoint": "https://id.example/oauth2/authorize",
      "token_endpoint": "https://id.example/oauth2/token",
      "userinfo_endpoint": "https://id.example/oauth2/userinfo",
      "jwks_uri": "https://id.example/oauth2/jwks",
      "introspection_endpoint": "https://id.example/oauth2/introspect",
      "revocation_endpoint": "https://id.example/oauth2/revoke",
      "end_session_endpoint": "https://id.example/oauth2/end_session",
      "scopes_supported": [
        "openid",
        "profile",
        "email",
        "address",
        "phone",
        "groups",
        "offline_access",
        "api"
      ],
      "response_types_supported": [
        "code"
      ],
      "response_modes_supported": [
        "query",
        "form_post"
      ],
      "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials"
      ],
      "acr_values_supported": [
        "https://refeds.org/profile/mfa"
      ],
      "subject_types_supported": [
        "public",
        "pairwise"
      ],
      "id_token_signing_alg_values_supported": [
        "RS256",
        "ES256"
      ],
      "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "token_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "ES256"
      ],
      "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
      ],
      "introspection_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "ES256"
      ],
      "revocation_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "revocation_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "ES256"
      ],
      "code_challenge_methods_supported": [
        "S256"
      ],
      "display_values_supported": [
        "page",
        "popup",
        "touch",
        "wap"
      ],
      "prompt_values_supported": [
        "none",
        "login",
        "consent",
        "select_account"
      ],
      "claim_types_supported": [
        "normal"
      ],
      "claims_supported": [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "at_hash",
        "sid",
        "session_expiry",
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
        "groups"
      ],
      "ui_locales_supported": [
        "en",
        "de"
      ],
      "claims_parameter_supported": true,
      "request_parameter_supported": false,
      "request_uri_parameter_supported": false,
      "authorization_response_iss_parameter_supported": true,
      "backchannel_logout_supported": true,
      "backchannel_logout_session_supported": true
    }
    "#);
}

#[test]
fn without_back_channel_logout() {
    let with = serde_json::to_value(document(BackChannelLogout::Supported)).unwrap();
    let mut without = serde_json::to_value(document(BackChannelLogout::Unsupported)).unwrap();
    assert_eq!(without["backchannel_logout_supported"], false);
    assert_eq!(without["backchannel_logout_session_supported"], false);
    without["backchannel_logout_supported"] = Value::Bool(true);
    without["backchannel_logout_session_supported"] = Value::Bool(true);
    assert_eq!(with, without);
}

/// A relying party's library reads it, and sees what is offered.
#[test]
fn another_library_reads_it() {
    let json = serde_json::to_string(&document(BackChannelLogout::Supported)).unwrap();
    let read: CoreProviderMetadata = serde_json::from_str(&json).unwrap();
    assert_eq!(read.issuer().as_str(), "https://id.example");
    assert_eq!(
        read.token_endpoint().unwrap().as_str(),
        "https://id.example/oauth2/token"
    );
    assert_eq!(read.id_token_signing_alg_values_supported().len(), 2);
    assert_eq!(read.request_uri_parameter_supported(), Some(false));
    assert_eq!(read.response_types_supported().len(), 1);
}

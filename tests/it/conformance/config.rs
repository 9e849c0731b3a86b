//! oidcc-config-certification-test-plan: the metadata is complete, true to itself, and its keys are public ones.

use std::collections::BTreeSet;

use serde_json::json;
use signet::protocol::oauth::ResponseMode;

use super::relying_party::{RelyingParty, run};
use crate::app::PUBLIC_URL;

#[test]
fn oidcc_discovery_endpoint_verification() {
    run(ResponseMode::Query, |rp| {
        let metadata = rp.metadata();
        assert_eq!(metadata["issuer"], PUBLIC_URL);
        for endpoint in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
        ] {
            let url = metadata[endpoint].as_str().unwrap();
            assert!(
                url.starts_with(&format!("{PUBLIC_URL}/")),
                "{endpoint}: {url}"
            );
        }
        for (list, value) in [
            ("response_types_supported", "code"),
            ("response_modes_supported", "form_post"),
            ("grant_types_supported", "authorization_code"),
            ("subject_types_supported", "public"),
            ("id_token_signing_alg_values_supported", "RS256"),
            (
                "token_endpoint_auth_methods_supported",
                "client_secret_basic",
            ),
            (
                "token_endpoint_auth_methods_supported",
                "client_secret_post",
            ),
            ("scopes_supported", "openid"),
            ("claims_supported", "sub"),
        ] {
            let values = metadata[list].as_array().unwrap();
            assert!(values.contains(&json!(value)), "{list}: {values:?}");
        }
        for (name, value) in [
            ("claims_parameter_supported", true),
            ("request_parameter_supported", false),
            ("request_uri_parameter_supported", false),
        ] {
            assert_eq!(metadata[name], value, "{name}");
        }
        // Clients register with an administrator, never by themselves: the dynamic plan is not for Signet.
        assert!(metadata.get("registration_endpoint").is_none());
        check_keys(rp);
    });
}

fn check_keys(rp: &RelyingParty<'_>) {
    let keys = rp.keys();
    let keys = keys["keys"].as_array().unwrap();
    let ids: BTreeSet<&str> = keys
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert!(keys.len() >= 2 && ids.len() == keys.len(), "{ids:?}");
    for key in keys {
        let material: &[&str] = match key["kty"].as_str().unwrap() {
            "RSA" => &["n", "e"],
            "EC" => &["x", "y"],
            other => panic!("{other}"),
        };
        assert!(material.iter().all(|part| key[part].is_string()), "{key}");
        let private = ["d", "p", "q", "dp", "dq", "qi", "k"];
        assert!(private.iter().all(|part| key.get(part).is_none()));
    }
}

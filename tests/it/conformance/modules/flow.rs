//! The code flow as it should go, and what its code and tokens are worth.

use jsonwebtoken::decode_header;
use serde_json::json;
use signet::model::{IdTokenAlgorithm, Span};

use crate::conformance::relying_party::{RelyingParty, Tokens};

pub(in crate::conformance) fn oidcc_server(rp: &mut RelyingParty<'_>) {
    let tokens = rp.sign_in(&rp.request());
    rp.userinfo(&tokens);
}

pub(in crate::conformance) fn oidcc_server_client_secret_post(rp: &mut RelyingParty<'_>) {
    let tokens = rp.sign_in(&rp.request_of(&rp.second));
    rp.userinfo(&tokens);
}

/// In whichever order scopes and parameters stand.
pub(in crate::conformance) fn oidcc_alternate_happy_flow(rp: &mut RelyingParty<'_>) {
    let request = rp.request().with("scope", "email openid").reversed();
    let tokens = rp.sign_in(&request);
    assert_eq!(rp.userinfo(&tokens)["email"], "alice@example.com");
}

pub(in crate::conformance) fn oidcc_idtoken_signature(rp: &mut RelyingParty<'_>) {
    let tokens = rp.sign_in(&rp.request());
    let kid = json!(decode_header(&tokens.id_token).unwrap().kid);
    let keys = rp.keys();
    let mut named = keys["keys"].as_array().unwrap().iter();
    let key = named.find(|key| key["kid"] == kid).expect("its key");
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&json!("RSA"), &json!("RS256"), &json!("sig"))
    );
}

/// Skipped by the suite where it is not offered: Signet offers no `none`, and registers no client for it.
pub(in crate::conformance) fn oidcc_idtoken_unsigned(rp: &mut RelyingParty<'_>) {
    let metadata = rp.metadata();
    let offered = &metadata["id_token_signing_alg_values_supported"];
    assert_eq!(offered, &json!(["RS256", "ES256"]));
    assert!(serde_json::from_value::<IdTokenAlgorithm>(json!("none")).is_err());
}

pub(in crate::conformance) fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(
    rp: &mut RelyingParty<'_>,
) {
    let tokens = rp.sign_in(&rp.request().without("nonce"));
    assert!(tokens.id.get("nonce").is_none());
}

pub(in crate::conformance) fn oidcc_codereuse(rp: &mut RelyingParty<'_>) {
    reuse_code(rp, Span::seconds(0));
}

/// Whoever has the code has the tokens' reach, too: what was issued is revoked.
pub(in crate::conformance) fn oidcc_codereuse_30seconds(rp: &mut RelyingParty<'_>) {
    let tokens = reuse_code(rp, Span::seconds(30));
    assert_eq!(rp.userinfo_answer(&tokens).status, 401);
}

/// The tokens of a code that is redeemed again so much later, and in vain.
fn reuse_code(rp: &mut RelyingParty<'_>, later: Span) -> Tokens {
    let request = rp.request();
    rp.sign_in(&request);
    let answer = rp.browser.open_until_left(&request.path());
    let code = rp.returned(&request, &answer)["code"].clone();
    let tokens = rp.checked(&request, &rp.redeem(&rp.client, &code));
    rp.userinfo(&tokens);
    rp.app.clock.advance(later);
    let again = rp.redeem(&rp.client, &code);
    assert_eq!(
        (again.status, again.error().as_str()),
        (400, "invalid_grant")
    );
    tokens
}

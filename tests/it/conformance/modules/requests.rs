//! Requests with more than they need, and requests that must not be answered as they are.

use serde_json::json;

use crate::app::clients::{CALLBACK, CHALLENGE, VERIFIER};
use crate::conformance::relying_party::RelyingParty;
use crate::oauth::keys::encode;

pub(in crate::conformance) fn oidcc_response_type_missing(rp: &mut RelyingParty<'_>) {
    let request = rp.request().without("response_type");
    assert_eq!(rp.refused(&request), "invalid_request");
}

pub(in crate::conformance) fn oidcc_ensure_request_with_unknown_parameter_succeeds(
    rp: &mut RelyingParty<'_>,
) {
    rp.sign_in(&rp.request().with("extra", "foobar"));
}

/// One of the classes that are offered is reached and said; classes that nobody knows are a wish like any other.
pub(in crate::conformance) fn oidcc_ensure_request_with_acr_values_succeeds(
    rp: &mut RelyingParty<'_>,
) {
    let metadata = rp.metadata();
    let offered = metadata["acr_values_supported"].as_array().unwrap();
    let all: Vec<&str> = offered.iter().map(|acr| acr.as_str().unwrap()).collect();
    let tokens = rp.sign_in(&rp.request().with("acr_values", &all.join(" ")));
    assert!(offered.contains(&tokens.id["acr"]), "{}", tokens.id);
    for acr in all {
        let tokens = rp.at_once(&rp.request().with("acr_values", acr));
        assert_eq!(tokens.id["acr"], acr);
    }
    rp.at_once(&rp.request().with("acr_values", "1 2"));
}

pub(in crate::conformance) fn oidcc_ensure_request_with_valid_pkce_succeeds(
    rp: &mut RelyingParty<'_>,
) {
    let request = rp
        .request()
        .with("code_challenge", CHALLENGE)
        .with("code_challenge_method", "S256");
    let page = rp.browser.open(&request.path());
    let answer = rp.browser.sign_in_for(&rp.app, &page, &rp.alice);
    let code = rp.returned(&request, &answer)["code"].clone();
    let proof = [("code_verifier", VERIFIER)];
    let redeemed = rp.app.browser().redeem_with(&rp.client, &code, &proof);
    rp.userinfo(&rp.checked(&request, &redeemed));
}

/// Nobody is sent to an address that is not registered.
pub(in crate::conformance) fn oidcc_ensure_registered_redirect_uri(rp: &mut RelyingParty<'_>) {
    let other = format!("{CALLBACK}/5bF8q");
    let answer = rp
        .browser
        .get(&rp.request().with("redirect_uri", &other).path());
    answer.assert(400, "redirect_uri");
    assert!(answer.header("location").is_none() && !answer.has(&other));
}

pub(in crate::conformance) fn oidcc_ensure_post_request_succeeds(rp: &mut RelyingParty<'_>) {
    let request = rp.request();
    let answer = rp
        .browser
        .post_from_elsewhere("/oauth2/authorize", &request.fields());
    let page = rp.browser.follow(answer);
    rp.sign_in_at(&page, &request);
}

pub(in crate::conformance) fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    rp: &mut RelyingParty<'_>,
) {
    assert_eq!(rp.metadata()["request_uri_parameter_supported"], false);
    let request = rp.request().with("request_uri", "https://rp.example/r.jwt");
    assert_eq!(rp.refused(&request), "request_uri_not_supported");
}

pub(in crate::conformance) fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    rp: &mut RelyingParty<'_>,
) {
    assert_eq!(rp.metadata()["request_parameter_supported"], false);
    let request = rp.request().with("request", &object(CALLBACK));
    assert_eq!(rp.refused(&request), "request_not_supported");
}

/// Whichever of the two addresses is the registered one: the object is never passed over in silence.
pub(in crate::conformance) fn oidcc_ensure_request_object_with_redirect_uri(
    rp: &mut RelyingParty<'_>,
) {
    let other = format!("{CALLBACK}/5bF8q");
    let request = rp.request().with("request", &object(&other));
    assert_eq!(rp.refused(&request), "request_not_supported");
    let request = rp
        .request()
        .with("redirect_uri", &other)
        .with("request", &object(CALLBACK));
    let answer = rp.browser.get(&request.path());
    answer.assert(400, "redirect_uri");
    assert!(answer.header("location").is_none());
}

/// An unsigned request object.
fn object(redirect_uri: &str) -> String {
    let claims = json!({
        "response_type": "code", "client_id": "first", "redirect_uri": redirect_uri, "scope": "openid",
        "state": "state & 1", "nonce": "n-0S6_WzA2Mj",
    });
    format!(
        "{}.{}.",
        encode(r#"{"alg":"none"}"#),
        encode(claims.to_string())
    )
}

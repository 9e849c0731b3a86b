//! Refresh tokens: new tokens about the same sign-in, for the client that has it.

use serde_json::Value;
use signet::model::Span;

use crate::conformance::relying_party::RelyingParty;

pub(in crate::conformance) fn oidcc_refresh_token(rp: &mut RelyingParty<'_>) {
    let request = rp.request().with("scope", "openid email offline_access");
    // As the suite asks wherever the scope is offered (OpenID Connect core, section 11).
    let request = request.with("prompt", "consent");
    let page = rp.browser.open(&request.path());
    let consent = rp.browser.sign_in_for(&rp.app, &page, &rp.alice);
    consent.assert(200, "id=\"consent\"");
    let agreed = rp.browser.submit(&consent, &[]);
    let answer = rp.browser.open_until_left(agreed.location());
    let first = rp.tokens(&request, &answer);
    let token = first.refresh.as_deref().expect("a refresh token");

    rp.app.clock.advance(Span::seconds(5));
    let stolen = rp.app.browser().refresh(&rp.second, token);
    assert_eq!(
        (stolen.status, stolen.error().as_str()),
        (400, "invalid_grant")
    );
    let refreshed = rp.app.browser().refresh(&rp.client, token);
    let second = rp.checked(&request, &refreshed);
    let of_the_sign_in = |id: &Value| ["iss", "sub", "aud", "auth_time"].map(|n| id[n].clone());
    assert_eq!(of_the_sign_in(&second.id), of_the_sign_in(&first.id));
    assert!(second.id.get("nonce").is_none());
    assert_ne!(second.access, first.access);
    assert_ne!(second.refresh, first.refresh);
    rp.userinfo(&second);

    // Who does not ask for offline access gets no refresh token, which the suite answers with a skip.
    let tokens = rp.at_once(&rp.request());
    assert!(tokens.refresh.is_none());
}

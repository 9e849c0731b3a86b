//! When the person is asked, and when not.

use serde_json::Value;
use signet::model::Span;

use crate::app::clients::Authorize;
use crate::conformance::relying_party::{RelyingParty, Tokens};

pub(in crate::conformance) fn oidcc_prompt_login(rp: &mut RelyingParty<'_>) {
    asks_again(rp, "prompt", "login");
}

pub(in crate::conformance) fn oidcc_max_age_1(rp: &mut RelyingParty<'_>) {
    asks_again(rp, "max_age", "1");
}

/// The person, signed in, proves anew who they are, and the ID token says when.
fn asks_again(rp: &mut RelyingParty<'_>, parameter: &'static str, value: &str) {
    let before = rp.sign_in(&rp.request());
    rp.app.clock.advance(Span::seconds(2));
    let asked_at = rp.app.clock.now().as_seconds();
    let after = rp.sign_in(&rp.request().with(parameter, value));
    assert_eq!(after.id["sub"], before.id["sub"]);
    assert!(after.id["auth_time"].as_i64() >= Some(asked_at));
    assert!(after.id["auth_time"].as_i64() > before.id["auth_time"].as_i64());
}

pub(in crate::conformance) fn oidcc_prompt_none_logged_in(rp: &mut RelyingParty<'_>) {
    asks_nothing(rp, |request, _| request.with("prompt", "none"));
}

pub(in crate::conformance) fn oidcc_max_age_10000(rp: &mut RelyingParty<'_>) {
    asks_nothing(rp, |request, _| request.with("max_age", "10000"));
}

pub(in crate::conformance) fn oidcc_id_token_hint(rp: &mut RelyingParty<'_>) {
    asks_nothing(rp, |request, tokens| {
        request
            .with("prompt", "none")
            .with("id_token_hint", &tokens.id_token)
    });
}

/// The person, signed in a while ago, is named again without any page, with the time of back then.
fn asks_nothing(rp: &mut RelyingParty<'_>, change: fn(Authorize, &Tokens) -> Authorize) {
    let before = rp.sign_in(&rp.request());
    rp.app.clock.advance(Span::seconds(60));
    let after = rp.at_once(&change(rp.request(), &before));
    let who_and_when = |id: &Value| [id["sub"].clone(), id["auth_time"].clone()];
    assert_eq!(who_and_when(&after.id), who_and_when(&before.id));
    assert_ne!(after.id["iat"], before.id["iat"]);
}

pub(in crate::conformance) fn oidcc_prompt_none_not_logged_in(rp: &mut RelyingParty<'_>) {
    let request = rp.request().with("prompt", "none");
    assert_eq!(rp.refused(&request), "login_required");
}

pub(in crate::conformance) fn oidcc_display_page(rp: &mut RelyingParty<'_>) {
    rp.sign_in(&rp.request().with("display", "page"));
}

pub(in crate::conformance) fn oidcc_display_popup(rp: &mut RelyingParty<'_>) {
    rp.sign_in(&rp.request().with("display", "popup"));
}

pub(in crate::conformance) fn oidcc_ui_locales(rp: &mut RelyingParty<'_>) {
    rp.sign_in(&rp.request().with("ui_locales", "se"));
}

pub(in crate::conformance) fn oidcc_claims_locales(rp: &mut RelyingParty<'_>) {
    rp.sign_in(&rp.request().with("claims_locales", "se"));
}

pub(in crate::conformance) fn oidcc_login_hint(rp: &mut RelyingParty<'_>) {
    let request = rp.request().with("login_hint", "alice@example.com");
    let page = rp.browser.open(&request.path());
    let filled_in = page.field("user_name");
    assert_eq!(filled_in.as_deref(), Some("alice@example.com"));
    rp.sign_in_at(&page, &request);
}

//! oidcc-rp-initiated-logout-certification-test-plan: who signs out by a client, and where the browser is sent then.

use signet::protocol::oauth::ResponseMode;

use super::relying_party::{RelyingParty, Tokens, run};
use crate::app::clients::SIGNED_OUT;
use crate::app::{Answer, PUBLIC_URL};
use crate::oauth::keys::encode;
use crate::saml::forge::escape;

const END_SESSION: &str = "/oauth2/end_session";
const STATE: (&str, &str) = ("state", "s1");
const REDIRECT: (&str, &str) = ("post_logout_redirect_uri", SIGNED_OUT);

/// Signs in, and does what the module does.
fn signed_in(module: fn(&mut RelyingParty<'_>, &Tokens)) {
    run(ResponseMode::Query, |rp| {
        let tokens = rp.sign_in(&rp.request());
        assert!(rp.is_signed_in());
        module(rp, &tokens);
    });
}

fn end_session(rp: &mut RelyingParty<'_>, fields: &[(&str, &str)]) -> Answer {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", escape(value)))
        .collect();
    rp.browser
        .get(&format!("{END_SESSION}?{}", pairs.join("&")))
}

/// The browser is sent to this very URL, and nobody is signed in.
fn goes_back(rp: &mut RelyingParty<'_>, answer: &Answer, url: &str) {
    assert_eq!(answer.location(), url);
    assert!(!rp.is_signed_in());
}

/// An error page: no redirect, and nobody is signed out.
fn is_refused(rp: &mut RelyingParty<'_>, answer: &Answer, parameter: &str) {
    answer.assert(400, parameter);
    assert!(answer.header("location").is_none());
    assert!(rp.is_signed_in());
}

/// The person is asked, and says yes: they are signed out, and stay here.
fn asks_first(rp: &mut RelyingParty<'_>, page: &Answer) {
    page.assert(200, "id=\"sign-out\"");
    assert!(rp.is_signed_in());
    let answer = rp.browser.submit(page, &[]);
    answer.assert(200, "sign-in-again");
    assert!(!rp.is_signed_in());
}

#[test]
fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    run(ResponseMode::Query, |rp| {
        let endpoint = rp.metadata()["end_session_endpoint"].clone();
        assert_eq!(endpoint, format!("{PUBLIC_URL}{END_SESSION}"));
    });
}

#[test]
fn oidcc_rp_initiated_logout() {
    signed_in(|rp, tokens| {
        let hint = ("id_token_hint", tokens.id_token.as_str());
        let answer = end_session(rp, &[hint, REDIRECT, STATE]);
        goes_back(rp, &answer, &format!("{SIGNED_OUT}?state=s1"));
    });
}

#[test]
fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    signed_in(|rp, tokens| {
        let other = format!("{SIGNED_OUT}/5bF8q");
        let fields = [
            ("id_token_hint", tokens.id_token.as_str()),
            ("post_logout_redirect_uri", other.as_str()),
            STATE,
        ];
        let answer = end_session(rp, &fields);
        is_refused(rp, &answer, "post_logout_redirect_uri");
    });
}

/// Signed by nobody, with `alg` none.
#[test]
fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    signed_in(|rp, tokens| {
        let claims = tokens.id_token.split('.').nth(1).unwrap();
        let unsigned = format!("{}.{claims}.", encode(r#"{"alg":"none"}"#));
        let answer = end_session(rp, &[("id_token_hint", &unsigned), REDIRECT, STATE]);
        is_refused(rp, &answer, "id_token_hint");
    });
}

#[test]
fn oidcc_rp_initiated_logout_no_id_token_hint() {
    signed_in(|rp, _| {
        let page = end_session(rp, &[REDIRECT, STATE]);
        asks_first(rp, &page);
    });
}

#[test]
fn oidcc_rp_initiated_logout_no_params() {
    signed_in(|rp, _| {
        let page = end_session(rp, &[]);
        asks_first(rp, &page);
    });
}

#[test]
fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    signed_in(|rp, tokens| {
        let answer = end_session(rp, &[("id_token_hint", &tokens.id_token), STATE]);
        answer.assert(200, "sign-in-again");
        assert!(!rp.is_signed_in());
    });
}

#[test]
fn oidcc_rp_initiated_logout_no_state() {
    signed_in(|rp, tokens| {
        let answer = end_session(rp, &[("id_token_hint", &tokens.id_token), REDIRECT]);
        goes_back(rp, &answer, SIGNED_OUT);
    });
}

#[test]
fn oidcc_rp_initiated_logout_only_state() {
    signed_in(|rp, _| {
        let page = end_session(rp, &[STATE]);
        asks_first(rp, &page);
    });
}

#[test]
fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    signed_in(|rp, tokens| {
        let longer = format!("{SIGNED_OUT}?foo=bar");
        let fields = [
            ("id_token_hint", tokens.id_token.as_str()),
            ("post_logout_redirect_uri", longer.as_str()),
            STATE,
        ];
        let answer = end_session(rp, &fields);
        is_refused(rp, &answer, "post_logout_redirect_uri");
    });
}

/// No token at all, and one whose signature is another's.
#[test]
fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    signed_in(|rp, tokens| {
        let signed = tokens.id_token.rsplit_once('.').unwrap().0;
        let bad = format!("{signed}.{}", encode([7; 256]));
        for hint in ["5bF8q", &bad] {
            let answer = end_session(rp, &[("id_token_hint", hint), REDIRECT, STATE]);
            is_refused(rp, &answer, "id_token_hint");
        }
    });
}

/// The client may also post (section 2): the form comes without our cookies, and the session ends all the same.
#[test]
fn by_a_form_from_the_client_the_session_ends() {
    signed_in(|rp, tokens| {
        let fields = [("id_token_hint", tokens.id_token.as_str()), REDIRECT, STATE];
        let answer = rp.browser.post_from_elsewhere(END_SESSION, &fields);
        let answer = rp.browser.open_until_left(answer.location());
        goes_back(rp, &answer, &format!("{SIGNED_OUT}?state=s1"));
        assert_eq!(rp.userinfo_answer(tokens).status, 401);
    });
}

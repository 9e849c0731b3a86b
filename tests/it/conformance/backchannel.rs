//! oidcc-backchannel-rp-initiated-logout-certification-test-plan: the client is called when the session ends.

use std::time::Duration;

use jsonwebtoken::decode_header;
use serde_json::json;
use signet::protocol::oauth::ResponseMode;

use super::relying_party::{RelyingParty, run};
use crate::app::clients::SIGNED_OUT;
use crate::app::{PUBLIC_URL, TestApp, logout_endpoint};
use crate::keys_audit::wait;
use crate::saml::forge::escape;
use crate::store::engines::{EngineKind, TestDatabase};

#[test]
fn oidcc_backchannel_logout_discovery_endpoint_verification() {
    run(ResponseMode::Query, |rp| {
        let metadata = rp.metadata();
        assert_eq!(metadata["backchannel_logout_supported"], true);
        assert_eq!(metadata["backchannel_logout_session_supported"], true);
        assert!(metadata["end_session_endpoint"].is_string());
        let claims = metadata["claims_supported"].as_array().unwrap();
        assert!(claims.contains(&json!("sid")));
    });
}

/// The token by OpenID Connect back-channel logout, 2.4, names the ended session; the browser goes back as ever.
#[test]
fn oidcc_backchannel_rp_initiated_logout() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let rp = &mut RelyingParty::new(TestApp::reaching_loopback(&db), ResponseMode::Query);
    let (url, heard) = logout_endpoint(0);
    rp.app.change_client(&rp.client, |client| {
        client.backchannel_logout_uri = Some(url);
    });
    let tokens = rp.sign_in(&rp.request());
    let path = format!(
        "/oauth2/end_session?id_token_hint={}&post_logout_redirect_uri={}&state=s1",
        tokens.id_token,
        escape(SIGNED_OUT)
    );
    let answer = rp.browser.get(&path);
    assert_eq!(answer.location(), format!("{SIGNED_OUT}?state=s1"));
    assert!(!rp.is_signed_in());

    let jobs = rp.app.run_logout_job();
    let form = heard.recv_timeout(Duration::from_secs(10)).expect("a call");
    wait(jobs.stop());
    let token = form.strip_prefix("logout_token=").unwrap();
    assert_eq!(
        decode_header(token).unwrap().typ.as_deref(),
        Some("logout+jwt")
    );
    let told = rp.verified(&json!(token));
    assert_eq!(
        (&told["iss"], &told["aud"]),
        (&json!(PUBLIC_URL), &json!("first"))
    );
    assert_eq!(
        (&told["sub"], &told["sid"]),
        (&tokens.id["sub"], &tokens.id["sid"])
    );
    let now = rp.app.clock.now().as_seconds();
    assert_eq!(told["iat"], now);
    assert!((now + 1..=now + 120).contains(&told["exp"].as_i64().unwrap()));
    assert!(!told["jti"].as_str().unwrap().is_empty());
    let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    assert_eq!(told["events"], events);
    assert!(told.get("nonce").is_none());
}

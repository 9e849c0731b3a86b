//! What the client is told of the person, and by which calls.

use crate::conformance::relying_party::RelyingParty;

/// What is known of the person beside names and mail address.
const ATTRIBUTES: [(&str, &str); 12] = [
    ("middle_name", "Mary"),
    ("nickname", "Al"),
    ("profile", "https://example.com/alice"),
    ("picture", "https://example.com/alice.png"),
    ("website", "https://alice.example.com"),
    ("gender", "female"),
    ("birthdate", "1990-02-03"),
    ("zoneinfo", "Europe/Berlin"),
    ("locale", "de-DE"),
    ("phone_number", "+49 30 1234"),
    ("locality", "Berlin"),
    ("country", "Germany"),
];

/// All of the scope but `updated_at`: when a person was last changed is not kept, which the suite answers with a warning.
const PROFILE: [&str; 13] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
];
const EMAIL: [&str; 2] = ["email", "email_verified"];
const ADDRESS: [&str; 1] = ["address"];
const PHONE: [&str; 2] = ["phone_number", "phone_number_verified"];

pub(in crate::conformance) fn oidcc_scope_profile(rp: &mut RelyingParty<'_>) {
    scope(rp, "openid profile", &[&PROFILE]);
}

pub(in crate::conformance) fn oidcc_scope_email(rp: &mut RelyingParty<'_>) {
    scope(rp, "openid email", &[&EMAIL]);
}

pub(in crate::conformance) fn oidcc_scope_address(rp: &mut RelyingParty<'_>) {
    scope(rp, "openid address", &[&ADDRESS]);
}

pub(in crate::conformance) fn oidcc_scope_phone(rp: &mut RelyingParty<'_>) {
    scope(rp, "openid phone", &[&PHONE]);
}

pub(in crate::conformance) fn oidcc_scope_all(rp: &mut RelyingParty<'_>) {
    let all: [&[&str]; 4] = [&PROFILE, &EMAIL, &ADDRESS, &PHONE];
    scope(rp, "openid profile email address phone", &all);
}

/// Userinfo has these claims, each of its type (OpenID Connect core, 5.1), and no others.
fn scope(rp: &mut RelyingParty<'_>, scope: &str, expected: &[&[&str]]) {
    rp.app.set_attributes(&rp.alice, &ATTRIBUTES);
    let tokens = rp.sign_in(&rp.request().with("scope", scope));
    let info = rp.userinfo(&tokens);
    let mut expected: Vec<&str> = expected.concat();
    expected.push("sub");
    expected.sort_unstable();
    let mut names: Vec<&str> = info
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(names, expected);
    for (name, value) in info.as_object().unwrap() {
        let fits = match name.as_str() {
            "address" => value["locality"] == "Berlin" && value["country"] == "Germany",
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            _ => value.as_str().is_some_and(|text| !text.is_empty()),
        };
        assert!(fits, "{name}: {value}");
    }
}

/// An essential claim of userinfo, without the scope that has it.
pub(in crate::conformance) fn oidcc_claims_essential(rp: &mut RelyingParty<'_>) {
    let claims = r#"{"userinfo":{"name":{"essential":true}}}"#;
    let tokens = rp.sign_in(&rp.request().with("claims", claims));
    assert_eq!(rp.userinfo(&tokens)["name"], "alice Ω & <b>");
    let tokens = rp.at_once(&rp.request());
    assert!(rp.userinfo(&tokens).get("name").is_none());
}

pub(in crate::conformance) fn oidcc_userinfo_get(rp: &mut RelyingParty<'_>) {
    let tokens = rp.sign_in(&rp.request().with("scope", "openid email"));
    assert_eq!(rp.userinfo(&tokens)["email"], "alice@example.com");
}

pub(in crate::conformance) fn oidcc_userinfo_post_header(rp: &mut RelyingParty<'_>) {
    let tokens = rp.sign_in(&rp.request().with("scope", "openid email"));
    let mut http = rp.app.browser();
    let bearer = format!("Bearer {}", tokens.access);
    http.headers.push(("authorization", bearer));
    let answer = http.post("/oauth2/userinfo", &[]);
    let info = rp.checked_userinfo(&tokens, &answer);
    assert_eq!(info["email"], "alice@example.com");
}

pub(in crate::conformance) fn oidcc_userinfo_post_body(rp: &mut RelyingParty<'_>) {
    let tokens = rp.sign_in(&rp.request().with("scope", "openid email"));
    let fields = [("access_token", tokens.access.as_str())];
    let answer = rp.app.browser().post("/oauth2/userinfo", &fields);
    let info = rp.checked_userinfo(&tokens, &answer);
    assert_eq!(info["email"], "alice@example.com");
}

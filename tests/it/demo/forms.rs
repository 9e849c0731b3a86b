//! What is posted: one form, each parameter once, strict base64.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use signet::demo::Unsolicited;

use super::responses::Forgery;
use super::{Aws, FORM, Sp, form};
use crate::saml::forge::escape;
use crate::saml::keys::rsa;

fn assert_refused_by_both(content_type: &str, body: &dyn Fn(&str) -> String, cause: &str) {
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let posted = (content_type, body(&Forgery::sp(None).xml()));
    let answer = sp.send(Method::POST, "/acs", Some(posted));
    assert_eq!(answer.status, 403, "{}", answer.body);
    assert_eq!(answer.at("refused"), cause);
    let aws = Aws::new(rsa());
    let posted = (content_type, body(&Forgery::aws().xml()));
    let answer = aws.send(Method::POST, "/saml", Some(posted));
    assert_eq!(aws.refusal_of(&answer), cause);
}

#[test]
fn the_form_has_one_response_in_strict_base64() {
    assert_refused_by_both(
        "text/plain",
        &|xml| form(xml, None),
        "the response must come as application/x-www-form-urlencoded",
    );
    assert_refused_by_both(
        FORM,
        &|_| "RelayState=x".into(),
        "the form has no SAMLResponse",
    );
    for name in ["SAMLResponse", "RelayState"] {
        assert_refused_by_both(
            FORM,
            &|xml| format!("{}&{name}=x", form(xml, Some("y"))),
            &format!("the form has {name} more than once"),
        );
    }
    assert_refused_by_both(
        FORM,
        &|_| format!("SAMLResponse={}", "A".repeat(100_001)),
        "SAMLResponse has more than 100,000 characters",
    );
    let not_base64: [&dyn Fn(&str) -> String; 4] = [
        &|xml| format!("SAMLResponse={}%0A", escape(&STANDARD.encode(xml))),
        &|xml| format!("SAMLResponse={}%3D", escape(&STANDARD.encode(xml))),
        &|xml| {
            let text = URL_SAFE.encode(xml.replace("p-1", "\u{3fff}\u{fbff}\u{3fff}"));
            format!("SAMLResponse={}!", escape(&text))
        },
        &|_| "SAMLResponse=%FF".into(),
    ];
    for body in not_base64 {
        assert_refused_by_both(FORM, body, "SAMLResponse is not base64");
    }
}

#[test]
fn the_largest_form_is_read_and_a_larger_one_is_not() {
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let escaped = |count: usize| Some((FORM, format!("SAMLResponse={}", "%41".repeat(count))));
    let answer = sp.send(Method::POST, "/acs", escaped(100_000));
    assert_eq!(answer.status, 403);
    let answer = sp.send(Method::POST, "/acs", escaped(102_000));
    assert_eq!(answer.status, 413);
}

#[test]
fn the_content_type_may_have_parameters() {
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let content_type = "Application/X-WWW-Form-Urlencoded; charset=utf-8";
    let posted = (content_type, form(&Forgery::sp(None).xml(), None));
    assert_eq!(sp.send(Method::POST, "/acs", Some(posted)).status, 200);
}

#[test]
fn no_other_place_takes_a_response() {
    let sp = Sp::new(rsa(), Unsolicited::Accepted);
    let aws = Aws::new(rsa());
    for path in ["/", "/saml", "/acs/"] {
        let posted = (FORM, form(&Forgery::sp(None).xml(), None));
        assert_eq!(sp.send(Method::POST, path, Some(posted)).status, 404);
    }
    assert_eq!(sp.get("/acs").status, 404);
    let posted = (FORM, form(&Forgery::aws().xml(), None));
    assert_eq!(aws.send(Method::POST, "/acs", Some(posted)).status, 404);
    assert_eq!(aws.send(Method::GET, "/saml", None).status, 404);
}

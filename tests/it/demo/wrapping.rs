//! Signatures that verify over something else than what is read (CVE-2012-5664 and its class), and structures that would
//! let a library choose what it verifies. Both receivers share the code that stops them; each case is shown to both.

use signet::demo::Unsolicited;

use super::responses::{ASSERTION, Forgery, RESPONSE, element};
use super::{Aws, Sp};
use crate::saml::forge::{ENVELOPED, EXC_C14N, Recipe, transforms};
use crate::saml::keys::rsa;

/// A case makes its document of a good one, signed by the identity provider.
fn assert_refused_by_both(make: impl Fn(&Forgery) -> String, cause: &str) {
    let by_sp = Sp::new(rsa(), Unsolicited::Accepted).refusal(&make(&Forgery::sp(None)));
    assert!(by_sp.contains(cause), "not \"{cause}\" but: {by_sp}");
    let by_aws = Aws::new(rsa()).refusal(&make(&Forgery::aws()));
    assert!(by_aws.contains(cause), "not \"{cause}\" but: {by_aws}");
}

const POSITION: &str = "a signature is somewhere else than in the response or in its assertion";
const STRUCTURE: &str = "a signature does not have the form that SAML prescribes";
const DUPLICATE: &str = "two elements have the same id";

/// An assertion about somebody else, unsigned.
fn evil(forgery: &Forgery, id: &str) -> String {
    let xml = forgery.unsigned();
    let assertion = element(&xml, "saml:Assertion").replace(">p-1<", ">admin<");
    assert!(assertion.contains(">admin<"));
    assertion.replace(ASSERTION, id)
}

#[test]
fn a_signed_response_inside_another_is_refused() {
    let wrap = |forgery: &Forgery| {
        let good = forgery.xml();
        let outer = forgery.unsigned().replace(RESPONSE, "_evil");
        let outer = outer.replace(element(&outer, "saml:Assertion"), &evil(forgery, "_evil2"));
        let inside = format!("<samlp:Extensions>{good}</samlp:Extensions><samlp:Status>");
        outer.replacen("<samlp:Status>", &inside, 1)
    };
    assert_refused_by_both(wrap, POSITION);
}

#[test]
fn a_signature_moved_to_another_response_is_refused() {
    let steal = |forgery: &Forgery| {
        let good = forgery.xml();
        let signature = element(&good, "ds:Signature");
        let original = good.replacen(signature, "", 1);
        let outer = forgery.unsigned().replace(RESPONSE, "_evil");
        let outer = outer.replace(element(&outer, "saml:Assertion"), &evil(forgery, "_evil2"));
        let object = format!("<ds:Object>{original}</ds:Object></ds:Signature>");
        let moved = signature.replace("</ds:Signature>", &object);
        outer.replacen("</saml:Issuer>", &format!("</saml:Issuer>{moved}"), 1)
    };
    assert_refused_by_both(steal, STRUCTURE);
    let bare = |forgery: &Forgery| {
        let good = forgery.xml();
        let signature = element(&good, "ds:Signature");
        let outer = forgery.unsigned().replace(RESPONSE, "_evil");
        outer.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
    };
    assert_refused_by_both(bare, "its Reference is not to the element that it is in");
}

fn assertion_signed(forgery: &Forgery) -> String {
    let xml = forgery.unsigned();
    let assertion = element(&xml, "saml:Assertion");
    xml.replacen(assertion, &forgery.sign(assertion, ASSERTION), 1)
}

#[test]
fn an_unsigned_assertion_beside_a_signed_one_is_refused() {
    for before in [true, false] {
        let beside = |forgery: &Forgery| {
            let xml = assertion_signed(forgery);
            let evil = evil(forgery, "_evil");
            let end = "</samlp:Response>";
            if before {
                xml.replacen("</samlp:Status>", &format!("</samlp:Status>{evil}"), 1)
            } else {
                xml.replacen(end, &format!("{evil}{end}"), 1)
            }
        };
        assert_refused_by_both(beside, "Assertion is there more than once");
    }
}

#[test]
fn a_signed_assertion_inside_an_unsigned_one_is_refused() {
    let inside = |forgery: &Forgery| {
        let xml = assertion_signed(forgery);
        let signed = element(&xml, "saml:Assertion");
        let evil = evil(forgery, "_evil");
        let advice = format!("</saml:Issuer><saml:Advice>{signed}</saml:Advice>");
        xml.replace(signed, &evil.replacen("</saml:Issuer>", &advice, 1))
    };
    assert_refused_by_both(inside, POSITION);
}

#[test]
fn two_elements_of_one_id_are_refused() {
    for (attribute, inside) in [
        ("ID", "x"),
        ("Id", "x"),
        ("id", "x"),
        ("AssertionID", "x"),
        ("xml:id", "x"),
    ] {
        let twice = |forgery: &Forgery| {
            let other = format!("</saml:Subject><{inside} {attribute}=\"{ASSERTION}\"></{inside}>");
            forgery.xml().replacen("</saml:Subject>", &other, 1)
        };
        assert_refused_by_both(twice, DUPLICATE);
    }
    let same = |forgery: &Forgery| {
        let end = "</samlp:Response>";
        assertion_signed(forgery).replacen(end, &format!("{}{end}", evil(forgery, ASSERTION)), 1)
    };
    assert_refused_by_both(same, DUPLICATE);
}

#[test]
fn a_second_signature_of_an_element_is_refused() {
    let twice = |forgery: &Forgery| {
        let good = forgery.xml();
        let signature = element(&good, "ds:Signature").to_owned();
        good.replacen(&signature, &signature.repeat(2), 1)
    };
    assert_refused_by_both(twice, "an element has more than one signature");
}

#[test]
fn a_reference_elsewhere_is_refused_before_it_is_opened() {
    for uri in [
        "",
        " URI=\"\"",
        " URI=\"#\"",
        " URI=\"#_assertion\"",
        " URI=\"file:///etc/passwd\"",
        " URI=\"http://127.0.0.1:1/x\"",
        " URI=\"#xpointer(/)\"",
    ] {
        let elsewhere = |forgery: &Forgery| {
            let good = forgery.xml();
            good.replacen(&format!(" URI=\"#{RESPONSE}\""), uri, 1)
        };
        assert_refused_by_both(elsewhere, STRUCTURE);
    }
}

#[test]
fn algorithms_are_those_of_the_lists_without_parameters() {
    let with = |recipe: fn() -> Recipe| {
        move |forgery: &Forgery| {
            let mut signed = Forgery::sp(None);
            signed.content = forgery.content.clone();
            signed.recipe = recipe;
            signed.xml()
        }
    };
    let recipes: [fn() -> Recipe; 7] = [
        || Recipe {
            signature_algorithm: "http://www.w3.org/2000/09/xmldsig#rsa-sha1".into(),
            ..Recipe::default()
        },
        || Recipe {
            signature_algorithm: "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256".into(),
            ..Recipe::default()
        },
        || Recipe {
            digest_algorithm: "http://www.w3.org/2000/09/xmldsig#sha1".into(),
            ..Recipe::default()
        },
        || Recipe {
            canonicalization: "http://www.w3.org/TR/2001/REC-xml-c14n-20010315".into(),
            ..Recipe::default()
        },
        || Recipe {
            method_parameters: "<ds:HMACOutputLength>1</ds:HMACOutputLength>".into(),
            ..Recipe::default()
        },
        || Recipe {
            transforms: transforms(&[ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"]),
            ..Recipe::default()
        },
        || Recipe {
            transforms: transforms(&[ENVELOPED, EXC_C14N, EXC_C14N]),
            ..Recipe::default()
        },
    ];
    for recipe in recipes {
        assert_refused_by_both(with(recipe), STRUCTURE);
    }
    let good = with(Recipe::default)(&Forgery::sp(None));
    Sp::new(rsa(), Unsolicited::Accepted).accepted(&good);
}

#[test]
fn a_key_that_comes_along_is_not_believed_and_nothing_is_fetched_for_it() {
    let other = || {
        use base64::Engine as _;
        let der = &crate::saml::keys::other_rsa().certificate;
        base64::engine::general_purpose::STANDARD.encode(der)
    };
    let with_key = |key_info: String| {
        move |forgery: &Forgery| {
            let mut signed = Forgery::sp(None);
            signed.content = forgery.content.clone();
            signed.key = crate::saml::keys::other_rsa();
            let key = format!("</ds:SignatureValue><ds:KeyInfo>{key_info}</ds:KeyInfo>");
            signed.xml().replace("</ds:SignatureValue>", &key)
        }
    };
    let own = format!(
        "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
        other()
    );
    assert_refused_by_both(with_key(own), "a signature does not verify");
    let fetched = r#"<ds:RetrievalMethod URI="http://127.0.0.1:1/key"></ds:RetrievalMethod>"#;
    assert_refused_by_both(with_key(fetched.into()), STRUCTURE);
}

#[test]
fn attributes_with_a_prefix_do_not_stand_for_those_without() {
    let prefixed = |forgery: &Forgery| {
        let from = "<ds:DigestMethod Algorithm=";
        let to = "<ds:DigestMethod xmlns:x=\"urn:x\" x:Algorithm=\"urn:y\" Algorithm=";
        forgery.xml().replacen(from, to, 1)
    };
    assert_refused_by_both(prefixed, STRUCTURE);
}

#[test]
fn the_gates_of_xml_stand_in_front() {
    for (from, to, cause) in [
        (">p-1<", "><!-- -->p-1<", "has a comment"),
        (">p-1<", "><![CDATA[p-1]]><", "has a CDATA section"),
        (
            "<samlp:Response ",
            "<!DOCTYPE x><samlp:Response ",
            "has a DOCTYPE",
        ),
        (">p-1<", ">&x;<", "refers to an entity"),
        ("</samlp:Response>", "", "not well-formed"),
        (
            "samlp:Response",
            "samlp:ArtifactResponse",
            "not a samlp:Response",
        ),
        (
            "Version=\"2.0\"><saml:Issuer",
            "Version=\"1.1\"><saml:Issuer",
            "not a samlp:Response",
        ),
    ] {
        let changed = |forgery: &Forgery| {
            let good = forgery.xml();
            assert!(good.contains(from), "{from} in {good}");
            good.replace(from, to)
        };
        assert_refused_by_both(changed, cause);
    }
}

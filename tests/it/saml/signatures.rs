//! Class C: everything about a signature but where it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::protocol::saml::ReceiveError;

use super::forge::*;
use super::keys::*;

fn refused(recipe: &Recipe) -> ReceiveError {
    post(recipe.request()).unwrap_err()
}

fn structure(error: &ReceiveError) -> &'static str {
    match error {
        ReceiveError::SignatureStructure { what } => what,
        other => panic!("not a matter of structure: {other:?}"),
    }
}

/// The library reads what a reference names before it looks at the key: none of these reaches it.
#[test]
fn the_reference_is_the_root_and_nothing_else() {
    for uri in [
        "",
        "#",
        "#_r2",
        "_r1",
        "# _r1",
        "#_R1",
        "#xpointer(/)",
        "#xpointer(id('_r1'))",
        "http://127.0.0.1:9/ssrf",
        "file:///etc/hostname",
        "/etc/hostname",
        "Cargo.toml",
        "cid:attachment",
    ] {
        let recipe = Recipe {
            reference: format!(r#" URI="{uri}""#),
            ..Recipe::default()
        };
        assert_eq!(refused(&recipe), ReceiveError::ReferenceUri, "{uri}");
    }
    let missing = Recipe {
        reference: String::new(),
        ..Recipe::default()
    };
    assert_eq!(refused(&missing), ReceiveError::ReferenceUri);
}

/// The rule before the structure's others: an attribute in a namespace is not the one that the rule is about.
#[test]
fn a_prefixed_attribute_does_not_pass_for_the_real_one() {
    let recipe = Recipe {
        reference: r##" xmlns:x="urn:x" URI="#_r1" x:URI="file:///etc/hostname""##.into(),
        ..Recipe::default()
    };
    assert!(structure(&refused(&recipe)).contains("prefix"));
    let recipe = Recipe {
        digest_algorithm: format!(r#"{SHA256}" xmlns:x="urn:x" x:Algorithm="md5"#),
        ..Recipe::default()
    };
    assert!(structure(&refused(&recipe)).contains("prefix"));
}

#[test]
fn there_is_one_reference() {
    let another = concat!(
        r#"<ds:Reference URI=""><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>"#,
        "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>"
    );
    let recipe = Recipe {
        more_references: another.into(),
        ..Recipe::default()
    };
    assert_eq!(refused(&recipe), ReceiveError::ReferenceCount);
    let xml = signed();
    let start = xml.find("<ds:Reference").unwrap();
    let end = xml.find("</ds:Reference>").unwrap() + "</ds:Reference>".len();
    let none = format!("{}{}", &xml[..start], &xml[end..]);
    assert_eq!(post(none), Err(ReceiveError::ReferenceCount));
    let manifest = Recipe {
        more_references: format!("<ds:Manifest>{another}</ds:Manifest>"),
        ..Recipe::default()
    };
    assert!(structure(&refused(&manifest)).contains("SignedInfo"));
}

#[test]
fn transforms_are_enveloped_and_exclusive_in_this_order() {
    const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let lists: [&[&str]; 11] = [
        &[],
        &[ENVELOPED],
        &[EXC_C14N],
        &[EXC_C14N, ENVELOPED],
        &[ENVELOPED, C14N],
        &[
            ENVELOPED,
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        ],
        &[ENVELOPED, EXC_C14N, EXC_C14N],
        &[
            ENVELOPED,
            "http://www.w3.org/TR/1999/REC-xpath-19991116",
            EXC_C14N,
        ],
        &[ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"],
        &[ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64"],
        &[ENVELOPED, "urn:unknown"],
    ];
    for list in lists {
        let recipe = Recipe {
            transforms: transforms(list),
            ..Recipe::default()
        };
        assert_eq!(refused(&recipe), ReceiveError::Transforms, "{list:?}");
    }
    let none = Recipe {
        transforms: String::new(),
        ..Recipe::default()
    };
    assert_eq!(refused(&none), ReceiveError::Transforms);
    let with_xpath = transforms(&[ENVELOPED, EXC_C14N]).replacen(
        "></ds:Transform>",
        "><ds:XPath>not(here())</ds:XPath></ds:Transform>",
        1,
    );
    let recipe = Recipe {
        transforms: with_xpath,
        ..Recipe::default()
    };
    assert!(structure(&refused(&recipe)).contains("parameters"));
    let foreign = transforms(&[ENVELOPED, EXC_C14N])
        .replacen("<ds:Transform ", r#"<x:Transform xmlns:x="urn:x" "#, 1)
        .replacen("</ds:Transform>", "</x:Transform>", 1);
    let recipe = Recipe {
        transforms: foreign,
        ..Recipe::default()
    };
    assert_eq!(refused(&recipe), ReceiveError::Transforms);
}

/// OpenSAML sends one; a list of many, several elements and foreign ones are refused.
#[test]
fn inclusive_namespaces_are_short_and_alone() {
    let with = |inside: String| {
        let algorithm = format!(r#"Algorithm="{EXC_C14N}">"#);
        Recipe {
            transforms: transforms(&[ENVELOPED, EXC_C14N])
                .replace(&algorithm, &format!("{algorithm}{inside}")),
            ..Recipe::default()
        }
    };
    let list = |prefixes: &str| {
        format!(
            r#"<ec:InclusiveNamespaces xmlns:ec="{EXC_C14N}" PrefixList="{prefixes}"></ec:InclusiveNamespaces>"#
        )
    };
    post(with(list("xs")).request()).unwrap();
    let many: Vec<String> = (0..17).map(|i| format!("p{i}")).collect();
    for inside in [
        list(&many.join(" ")),
        format!("{}{}", list("xs"), list("xs")),
        r#"<x:InclusiveNamespaces xmlns:x="urn:x" PrefixList="xs"></x:InclusiveNamespaces>"#.into(),
    ] {
        let refused = refused(&with(inside.clone()));
        assert_eq!(refused, ReceiveError::InclusiveNamespaces, "{inside}");
    }
}

#[test]
fn the_canonicalization_is_exclusive() {
    for method in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "urn:unknown",
        "",
    ] {
        let recipe = Recipe {
            canonicalization: method.into(),
            ..Recipe::default()
        };
        assert_eq!(refused(&recipe), ReceiveError::Canonicalization, "{method}");
    }
}

#[test]
fn signature_algorithms_are_those_of_the_list() {
    for algorithm in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "",
    ] {
        let recipe = Recipe {
            signature_algorithm: algorithm.into(),
            ..Recipe::default()
        };
        let error = refused(&recipe);
        assert!(
            matches!(&error, ReceiveError::SignatureAlgorithm(shown) if shown.to_string() == algorithm),
            "{error:?}"
        );
    }
}

/// The digest is right: only the rule refuses it.
#[test]
fn digest_algorithms_are_those_of_the_list() {
    for algorithm in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "",
    ] {
        let recipe = Recipe {
            digest_algorithm: algorithm.into(),
            ..Recipe::default()
        };
        let error = refused(&recipe);
        assert!(
            matches!(error, ReceiveError::DigestAlgorithm(_)),
            "{error:?}"
        );
    }
}

/// CVE-2009-0217.
#[test]
fn algorithms_have_no_parameters() {
    let recipe = Recipe {
        method_parameters: "<ds:HMACOutputLength>8</ds:HMACOutputLength>".into(),
        ..Recipe::default()
    };
    assert!(structure(&refused(&recipe)).contains("parameters"));
}

/// Whatever KeyInfo says, the key is the registered one.
#[test]
fn key_info_is_ignored() {
    let attacker = STANDARD.encode(&other_rsa().certificate);
    let x509 = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{attacker}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    let retrieval = concat!(
        r#"<ds:KeyInfo><ds:RetrievalMethod Type="http://www.w3.org/2000/09/xmldsig#rawX509Certificate" "#,
        r#"URI="http://127.0.0.1:9/key"></ds:RetrievalMethod><ds:KeyName>x</ds:KeyName></ds:KeyInfo>"#
    );
    for key_info in [x509.as_str(), retrieval] {
        let recipe = Recipe {
            key_info: key_info.into(),
            ..Recipe::default()
        };
        let by_attacker = recipe.signed(&request_with("_r1", ACS, ""), other_rsa());
        assert_eq!(post(by_attacker), Err(ReceiveError::SignatureInvalid));
        post(recipe.request()).unwrap();
    }
}

#[test]
fn another_key_or_kind_of_key_is_refused() {
    let request = request_with("_r1", ACS, "");
    let other = Recipe::default().signed(&request, other_rsa());
    assert_eq!(post(other), Err(ReceiveError::SignatureInvalid));
    let certificates = [p256().certificate.clone()];
    assert_eq!(
        post_with(signed(), &certificates),
        Err(ReceiveError::SignatureInvalid)
    );
    let ecdsa = Recipe {
        signature_algorithm: ECDSA_SHA256.into(),
        ..Recipe::default()
    };
    let ecdsa = ecdsa.signed(&request, p256());
    assert_eq!(post(&ecdsa), Err(ReceiveError::SignatureInvalid));
    post_with(ecdsa, &certificates).unwrap();
}

#[test]
fn the_signature_has_its_parts_and_no_others() {
    let xml = signed();
    let value_start = xml.find("<ds:SignatureValue>").unwrap();
    let value_end = xml.find("</ds:SignatureValue>").unwrap() + "</ds:SignatureValue>".len();
    let value = &xml[value_start..value_end];
    for broken in [
        xml.replace(value, ""),
        xml.replace(value, "<ds:SignatureValue></ds:SignatureValue>"),
        xml.replace(value, &format!("{value}{value}")),
        xml.replace(value, &format!("stray{value}")),
        xml.replace(value, &format!("{value}<ds:Object></ds:Object>")),
        xml.replace("<ds:DigestValue>", "<ds:DigestValue><x></x>"),
        xml.replace("SignatureMethod", "OtherMethod"),
    ] {
        assert_ne!(broken, xml);
        structure(&post(broken).unwrap_err());
    }
    let no_base64 = xml.replace("<ds:SignatureValue>", "<ds:SignatureValue>!");
    assert_eq!(post(no_base64), Err(ReceiveError::SignatureInvalid));
}

/// White space that pretty printers add outside of what is digested by value.
#[test]
fn line_breaks_in_base64_are_accepted() {
    let xml = signed();
    let start = xml.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let broken = format!(
        "{}\n{}\n{}",
        &xml[..start],
        &xml[start..start + 76],
        &xml[start + 76..]
    );
    post(broken).unwrap();
}

/// A signature of another namespace is an element that an AuthnRequest does not have, not a signature.
#[test]
fn a_signature_of_another_namespace_is_none() {
    let xml = signed().replace(DSIG, "urn:other");
    let error = post(xml).unwrap_err();
    assert!(
        matches!(&error, ReceiveError::UnexpectedElement(name) if name.to_string() == "Signature"),
        "{error:?}"
    );
}

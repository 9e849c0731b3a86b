//! Copies that are altered in one thing, and who refuses which.
//!
//! What a signature protects is altered in the signed text. What a service provider has to check itself is altered in the
//! content and signed anew with our own key, so that the signature cannot be what refuses it.

use signet::keys::Purpose;
use signet::model::{NameIdFormat, ResponseSigning, Span};
use signet::protocol::saml::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Sign, Status,
    write_response,
};

use super::judges::JUDGES;
use super::wrapping::wrapped;
use super::{Case, Read, app, obtain, register, signed_in};
use crate::app::{PUBLIC_URL, TestApp};
use crate::saml::keys::other_rsa;
use crate::store::engines::{EngineKind, TestDatabase};

/// What a judge makes of an altered copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Makes {
    /// It refuses it.
    Refuses,
    /// It accepts the document, and reads only what was signed: it is not fooled.
    ReadsTheSigned,
    /// It cannot judge this rule; why.
    CannotJudge(&'static str),
}
use Makes::{CannotJudge, ReadsTheSigned, Refuses};

const SIGNATURES_ONLY: &str = "it verifies signatures and knows no SAML";

/// What each of the four makes of it, in the order of the judges.
struct Row {
    name: &'static str,
    xmlsec1: Makes,
    samael: Makes,
    pysaml2: Makes,
    python3_saml: Makes,
}

impl Row {
    fn of(&self, judge: &str) -> Makes {
        match judge {
            "xmlsec1" => self.xmlsec1,
            "samael" => self.samael,
            "pysaml2" => self.pysaml2,
            _ => self.python3_saml,
        }
    }
}

const fn all_refuse(name: &'static str) -> Row {
    Row {
        name,
        xmlsec1: Refuses,
        samael: Refuses,
        pysaml2: Refuses,
        python3_saml: Refuses,
    }
}

const fn providers_refuse(name: &'static str) -> Row {
    Row {
        xmlsec1: CannotJudge(SIGNATURES_ONLY),
        ..all_refuse(name)
    }
}

const TABLE: [Row; 19] = [
    all_refuse("changed attribute"),
    all_refuse("other key"),
    all_refuse("unsigned"),
    providers_refuse("audience"),
    Row {
        pysaml2: CannotJudge("it does not compare Recipient with its own endpoints"),
        ..providers_refuse("recipient")
    },
    providers_refuse("destination"),
    providers_refuse("expired"),
    providers_refuse("not yet valid"),
    providers_refuse("in response to another"),
    providers_refuse("issuer of the assertion"),
    providers_refuse("issuer of the response"),
    all_refuse("XSW1"),
    Row {
        samael: ReadsTheSigned,
        ..providers_refuse("XSW2")
    },
    Row {
        samael: ReadsTheSigned,
        ..providers_refuse("XSW3")
    },
    Row {
        samael: ReadsTheSigned,
        ..providers_refuse("XSW4")
    },
    Row {
        samael: ReadsTheSigned,
        ..providers_refuse("XSW5")
    },
    all_refuse("XSW6"),
    all_refuse("XSW7"),
    all_refuse("XSW8"),
];

/// The content of a response like a base case's, for our own writer.
pub(super) fn content_of(
    app: &TestApp,
    base: &Case,
    change: impl FnOnce(&mut AssertionContent),
) -> ResponseContent {
    let now = app.clock.now();
    let issuer = format!("{PUBLIC_URL}/saml/metadata");
    let id = || format!("_{}", hex::encode(app.op().entropy.octets::<16>()));
    let values = |name: &str, values: Vec<String>| Attribute {
        name: name.into(),
        name_format: AttributeNameFormat::Basic,
        values,
    };
    let mut assertion = AssertionContent {
        id: id(),
        issue_instant: now,
        issuer: issuer.clone(),
        name_id: NameId {
            format: NameIdFormat::from_uri(&base.expected.format).unwrap(),
            value: base.expected.name_id.clone(),
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        recipient: base.acs_url.clone(),
        in_response_to: base.request_id.clone(),
        not_before: now.minus(Span::minutes(1)),
        not_on_or_after: now.plus(Span::minutes(5)),
        audience: base.entity_id.clone(),
        authn_instant: now,
        session_index: id(),
        session_not_on_or_after: Some(now.plus(Span::hours(8))),
        authn_context_class_ref:
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".into(),
        attributes: vec![
            values("displayName", vec![base.expected.display_name.clone()]),
            values("notes", base.expected.notes.clone()),
        ],
    };
    change(&mut assertion);
    ResponseContent {
        id: id(),
        in_response_to: assertion.in_response_to.clone(),
        destination: base.acs_url.clone(),
        issue_instant: now,
        issuer,
        status: Status::success(),
        assertion: Some(assertion),
    }
}

/// The altered copy of that name, from the base that fits it.
fn altered(
    app: &TestApp,
    name: &str,
    both: &Case,
    assertion_only: &Case,
    response_only: &Case,
) -> Case {
    let key = app.services.keys.active(Purpose::Saml).unwrap();
    let now = app.clock.now();
    let sign = |content: &ResponseContent| {
        write_response(content, ResponseSigning::Both, key.as_ref()).unwrap()
    };
    let with = |change: &dyn Fn(&mut AssertionContent)| sign(&content_of(app, both, change));
    let xsw = |base: &Case, variant| Case {
        name: name.into(),
        xml: wrapped(&base.xml, variant, "Alice", "Admin"),
        ..base.clone()
    };
    let elsewhere = || "https://another.example/x".to_owned();
    let xml = match name {
        "changed attribute" => both.xml.replace("Alice", "Admin"),
        "other key" => {
            let content = content_of(app, both, |_| {});
            write_response(&content, ResponseSigning::Both, other_rsa() as &dyn Sign).unwrap()
        }
        "unsigned" => without_signatures(&both.xml),
        "audience" => with(&|a| a.audience = elsewhere()),
        "recipient" => with(&|a| a.recipient = elsewhere()),
        "destination" => {
            let mut content = content_of(app, both, |_| {});
            content.destination = elsewhere();
            sign(&content)
        }
        "expired" => with(&|a| {
            a.not_before = now.minus(Span::hours(2));
            a.not_on_or_after = now.minus(Span::hours(1));
        }),
        "not yet valid" => with(&|a| {
            a.not_before = now.plus(Span::hours(1));
            a.not_on_or_after = now.plus(Span::hours(2));
        }),
        "in response to another" => with(&|a| a.in_response_to = Some("_another".into())),
        "issuer of the assertion" => with(&|a| a.issuer = elsewhere()),
        "issuer of the response" => {
            let mut content = content_of(app, both, |_| {});
            content.issuer = elsewhere();
            sign(&content)
        }
        _ => {
            let variant = name.strip_prefix("XSW").unwrap().parse().unwrap();
            let base = if variant <= 2 {
                response_only
            } else {
                assertion_only
            };
            return xsw(base, variant);
        }
    };
    Case {
        name: name.into(),
        xml,
        ..both.clone()
    }
}

fn without_signatures(xml: &str) -> String {
    let mut out = xml.to_owned();
    while let Some(begin) = out.find("<ds:Signature ") {
        let end = "</ds:Signature>";
        let length = out[begin..].find(end).unwrap() + end.len();
        out.replace_range(begin..begin + length, "");
    }
    out
}

#[test]
fn every_altered_copy_is_refused_by_whoever_can_judge_it() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = app(&db);
    let metadata = app.browser().get("/saml/metadata").body;
    let person = app.person("alice");
    let mut browser = signed_in(&app, &person);
    let mut base = |signing| {
        let sp = register(&app, signing);
        app.assign_to(&sp, &person);
        let expected = Read {
            display_name: "Alice".into(),
            ..Read::default()
        };
        let case = obtain(&app, &mut browser, &sp, NameIdFormat::Persistent, expected);
        let xml = case.xml.replace("alice Ω &amp; &lt;b&gt;", "Alice");
        // Signed anew, so that the name to be altered is a plain word.
        let key = app.services.keys.active(Purpose::Saml).unwrap();
        let content = content_of(&app, &case, |_| {});
        let signed = write_response(&content, signing, key.as_ref()).unwrap();
        assert!(signed.contains("Alice") && xml.contains("Alice"));
        Case {
            xml: signed,
            ..case
        }
    };
    let both = base(ResponseSigning::Both);
    let assertion_only = base(ResponseSigning::AssertionOnly);
    let response_only = base(ResponseSigning::ResponseOnly);
    let bases = [both.clone(), assertion_only.clone(), response_only.clone()];
    let copies: Vec<Case> = TABLE
        .iter()
        .map(|row| altered(&app, row.name, &both, &assertion_only, &response_only))
        .collect();
    let mut wrong = Vec::new();
    for (judge, judges) in JUDGES {
        for (case, verdict) in bases.iter().zip(judges(&metadata, &bases)) {
            assert!(
                verdict.is_ok(),
                "{judge} refuses the unaltered {}: {verdict:?}",
                case.name
            );
        }
        for (row, verdict) in TABLE.iter().zip(judges(&metadata, &copies)) {
            let made = match &verdict {
                Err(_) => Refuses,
                Ok(read)
                    if row.name.starts_with("XSW")
                        && read.display_name == "Alice"
                        && judge != "xmlsec1" =>
                {
                    ReadsTheSigned
                }
                Ok(_) => CannotJudge(""),
            };
            let expected = row.of(judge);
            let same =
                made == expected || matches!((made, expected), (CannotJudge(_), CannotJudge(_)));
            if !same {
                wrong.push(format!(
                    "{judge}, {}: {verdict:?}, and the table says {expected:?}",
                    row.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

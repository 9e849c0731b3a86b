//! Over 200 responses, obtained by HTTP: each NameID format, each way of signing, texts that break careless writers.

use std::collections::BTreeMap;

use signet::directory::Profile;
use signet::model::{NameIdFormat, ResponseSigning};
use signet::protocol::saml::{Sign, write_response};

use super::judges::JUDGES;
use super::{Case, Read, app, obtain, register, register_for, signed_in};
use crate::app::TestApp;
use crate::keys_audit::wait;
use crate::store::engines::{EngineKind, TestDatabase};

/// What the directory takes, and careless software does not.
const TEXTS: [&str; 17] = [
    "Alice Archer",
    "R&D <Research & Development>",
    "a ]]> b",
    "\"double\" and 'single'",
    "&amp; &lt; &#13; written out",
    "<![CDATA[not one]]>",
    "before<!-- a comment -->behind",
    "<?pi not one?>",
    "e\u{301} a\u{308} o\u{31b}\u{323} combining",
    "é ä ợ composed",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭",
    "مرحبا שלום \u{202e}right to left",
    "日本語 한국어 ไทย",
    "\u{10ffff}\u{e000}\u{fdd0} edges",
    "]]&gt; %26 &amp;amp; \\u0026",
    "admin</saml:AttributeValue><saml:AttributeValue>root",
    "a\u{200b}b\u{a0}c\u{2028}d\u{85}e",
];

fn cases(app: &TestApp) -> Vec<Case> {
    let sps = [
        ResponseSigning::Both,
        ResponseSigning::AssertionOnly,
        ResponseSigning::ResponseOnly,
    ]
    .map(|signing| {
        let unspecified = register_for(app, signing, NameIdFormat::Unspecified);
        (register(app, signing), unspecified)
    });
    let mut cases = Vec::new();
    for (number, text) in TEXTS.iter().enumerate() {
        let person = app.person(&format!("user{number}"));
        // The last one has a control character that XML carries and the directory refuses: see below.
        let text = text.replace('\u{85}', "");
        let profile = Profile {
            email: format!("o'neil+{number}@example.com"),
            display_name: text.clone(),
            given_name: String::new(),
            family_name: String::new(),
            attributes: BTreeMap::from([(
                "notes".into(),
                vec![text.clone(), format!("second: {text}")],
            )]),
        };
        let op = app.op();
        let update =
            app.services
                .directory
                .update_user(&op, &person.id, &person.user_name, &profile);
        wait(update).unwrap();
        let mut browser = signed_in(app, &person);
        for (sp, unspecified) in &sps {
            app.assign_to(sp, &person);
            app.assign_to(unspecified, &person);
            for format in NameIdFormat::ALL {
                let (sp, name_id) = match format {
                    NameIdFormat::Unspecified => (unspecified, person.user_name.clone()),
                    _ => (sp, profile.email.clone()),
                };
                let expected = Read {
                    name_id,
                    display_name: text.clone(),
                    notes: profile.attributes["notes"].clone(),
                    ..Read::default()
                };
                let case = obtain(app, &mut browser, sp, format, expected);
                assert_eq!(case.expected.format, format.uri());
                cases.push(case);
            }
        }
    }
    cases
}

/// Texts that only the wire carries: the directory takes no control characters, an import of other data may.
fn written(app: &TestApp, base: &Case) -> Vec<Case> {
    let key = app
        .services
        .keys
        .active(signet::keys::Purpose::Saml)
        .unwrap();
    [
        "carriage\rreturn",
        "both\r\nof them",
        "line\nfeed",
        "tab\tstop",
        " spaces around ",
        "\u{85}next line",
    ]
    .into_iter()
    .map(|text| {
        let content = super::altered::content_of(app, base, |assertion| {
            for attribute in &mut assertion.attributes {
                attribute.values = vec![text.to_owned()];
            }
        });
        let xml =
            write_response(&content, ResponseSigning::Both, key.as_ref() as &dyn Sign).unwrap();
        Case {
            name: format!("written {text:?}"),
            xml,
            expected: Read {
                display_name: text.to_owned(),
                notes: vec![text.to_owned()],
                ..base.expected.clone()
            },
            ..base.clone()
        }
    })
    .collect()
}

#[test]
fn every_peer_accepts_the_whole_grid_and_reads_every_value_whole() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = app(&db);
    let metadata = app.browser().get("/saml/metadata").body;
    let mut cases = cases(&app);
    assert!(cases.len() >= 200, "{}", cases.len());
    let base = cases
        .iter()
        .find(|case| case.name.starts_with("Persistent Both"))
        .unwrap()
        .clone();
    cases.extend(written(&app, &base));
    for (judge, judges) in JUDGES {
        for (case, verdict) in cases.iter().zip(judges(&metadata, &cases)) {
            let expected = as_read_by(judge, &case.expected);
            assert_eq!(verdict, Ok(expected), "{judge}: {}", case.name);
        }
    }
}

/// The two in Python trim the values of attributes; nothing else is forgiven.
fn as_read_by(judge: &str, expected: &Read) -> Read {
    let mut read = expected.clone();
    if judge.starts_with("py") {
        read.display_name = read.display_name.trim().to_owned();
        for note in &mut read.notes {
            *note = note.trim().to_owned();
        }
    }
    read
}

/// A service provider that insists on both signatures refuses a response with one of them.
#[test]
fn a_strict_peer_refuses_half_a_signature() {
    let db = TestDatabase::new(EngineKind::SqliteInMemory);
    let app = app(&db);
    let metadata = app.browser().get("/saml/metadata").body;
    let alice = app.person("alice");
    let mut browser = signed_in(&app, &alice);
    let mut cases = Vec::new();
    for signing in [
        ResponseSigning::AssertionOnly,
        ResponseSigning::ResponseOnly,
    ] {
        let sp = register(&app, signing);
        app.assign_to(&sp, &alice);
        let case = obtain(
            &app,
            &mut browser,
            &sp,
            NameIdFormat::Persistent,
            Read::default(),
        );
        cases.push(Case {
            response_signed: true,
            assertion_signed: true,
            ..case
        });
    }
    for (judge, judges) in JUDGES {
        // samael has no such setting: it takes what either signature covers.
        let is_strict = judge != "samael";
        for (case, verdict) in cases.iter().zip(judges(&metadata, &cases)) {
            assert_eq!(
                verdict.is_err(),
                is_strict,
                "{judge}: {}: {verdict:?}",
                case.name
            );
        }
    }
}

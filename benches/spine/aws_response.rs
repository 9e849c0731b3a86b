//! Building and signing one response for AWS with ten session tags, assertion and response both signed, against two
//! bare RSA-2048 signatures of the same library.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use signet::clock::Clock;
use signet::entropy::Entropy;
use signet::keys::{Keys, Purpose, SigningKey};
use signet::model::{EntityId, InstanceIdentity, NameIdFormat, ResponseSigning, Span, Timestamp};
use signet::op::{Actor, Op};
use signet::protocol::saml::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Status,
    write_response,
};
use signet::store::{DatabaseUrl, Store, StoreOptions};

use crate::interleaved::compare;
use crate::report::{Goal, Measured};

/// Each turn is about 10 ms of either.
const REPETITIONS: u32 = 20;

const AWS: &str = "https://aws.amazon.com/SAML/Attributes/";
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
const ISSUER: &str = "https://id.example.com/saml/metadata";

/// Measures it.
pub fn measure() -> Vec<Measured> {
    let folder = std::env::temp_dir().join(format!("signet-bench-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a temporary folder can be made");
    let measured = in_folder(&folder);
    std::fs::remove_dir_all(&folder).expect("the temporary folder can be removed");
    vec![measured]
}

fn in_folder(folder: &Path) -> Measured {
    let key = key_of_a_new_instance(folder);
    let entropy = Entropy::system();
    let now = Clock::System.now();
    let respond = || {
        let content = response(&entropy, now);
        write_response(&content, ResponseSigning::Both, &*key).expect("it can be written")
    };
    let sample = respond();
    verify_by_xmlsec(folder, &sample, &key);

    // As long as the SignedInfo that is signed, and a key of the same size kept in the same way.
    let bare = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
    let random = SystemRandom::new();
    let message = [b'x'; 750];
    let mut signature = vec![0; bare.public_modulus_len()];
    let mut sign = || {
        bare.sign(
            &RSA_PKCS1_SHA256,
            &random,
            black_box(&message),
            &mut signature,
        )
        .expect("it can be signed");
    };
    let seen = compare(
        REPETITIONS,
        || drop(black_box(respond())),
        || {
            sign();
            sign();
        },
    );
    let (low, high) = seen.middle_half();
    Measured {
        what: "AWS response with 10 tags, built and signed twice",
        value: seen.ratio(),
        unit: "x two bare RSA-2048 signatures",
        goal: Goal::AtMost(1.15),
        remarks: format!(
            "One response of {} octets: {:.0} us of processor time; two bare signatures (aws-lc-rs, key kept): {:.0} us; \
             the middle half of 60 rounds lies between {low:.3} and {high:.3}. From drawing the ids to the signed text; \
             without the base64 of the binding. The sample was verified by xmlsec1.",
            sample.len(),
            seen.work,
            seen.primitive,
        ),
    }
}

/// The key as the server has it: from the ring, opened and parsed once.
fn key_of_a_new_instance(folder: &Path) -> Arc<SigningKey> {
    let store = Store::open(&DatabaseUrl::SqliteMemory, StoreOptions::default())
        .expect("a database in memory can be opened");
    store.migrate().expect("it can be migrated");
    let op = Op::internal(Actor::Host("bench"), Clock::System.now(), Entropy::system());
    let identity = InstanceIdentity {
        public_url: "https://id.example.com".into(),
        entity_id: EntityId::parse(ISSUER).expect("an entity id"),
        oidc_issuer: "https://id.example.com".into(),
        rp_id: "id.example.com".into(),
    };
    let keys = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime can be made")
        .block_on(Keys::create_instance(&store, &op, folder, identity))
        .expect("an instance can be made");
    keys.active(Purpose::Saml).expect("it has a key for SAML")
}

/// A fresh one each time: nothing can be kept from the one before.
fn response(entropy: &Entropy, now: Timestamp) -> ResponseContent {
    let id = || format!("_{}", hex::encode(entropy.octets::<16>()));
    let in_response_to = None;
    let not_on_or_after = now.plus(Span::minutes(5));
    ResponseContent {
        id: id(),
        in_response_to,
        destination: SIGN_IN.into(),
        issue_instant: now,
        issuer: ISSUER.into(),
        status: Status::success(),
        assertion: Some(AssertionContent {
            id: id(),
            issue_instant: now,
            issuer: ISSUER.into(),
            name_id: NameId {
                format: NameIdFormat::Persistent,
                value: hex::encode(entropy.octets::<16>()),
                name_qualifier: Some(ISSUER.into()),
                sp_name_qualifier: Some("urn:amazon:webservices".into()),
            },
            recipient: SIGN_IN.into(),
            in_response_to: None,
            not_before: now.minus(Span::minutes(1)),
            not_on_or_after,
            audience: "urn:amazon:webservices".into(),
            authn_instant: now.minus(Span::minutes(20)),
            session_index: id(),
            session_not_on_or_after: Some(now.plus(Span::hours(8))),
            authn_context_class_ref: "https://refeds.org/profile/mfa".into(),
            attributes: attributes(),
        }),
    }
}

/// What AWS is told (aws.md 3.2), with ten tags of usual length.
fn attributes() -> Vec<Attribute> {
    let tag = |n: usize| format!("Department{n}");
    let role = "arn:aws:iam::123456789012:role/signet/Signet_ReadOnly,arn:aws:iam::123456789012:saml-provider/Signet";
    let mut attributes = vec![
        attribute("Role", vec![role.to_owned()]),
        attribute(
            "RoleSessionName",
            vec!["alice.liddell@example.com".to_owned()],
        ),
        attribute("SessionDuration", vec!["3600".to_owned()]),
        attribute("SourceIdentity", vec!["alice.liddell".to_owned()]),
        attribute("TransitiveTagKeys", (0..10).map(tag).collect()),
    ];
    attributes.extend((0..10).map(|n| {
        let name = format!("PrincipalTag:{}", tag(n));
        attribute(&name, vec![format!("Research & Development {n}")])
    }));
    attributes
}

fn attribute(name: &str, values: Vec<String>) -> Attribute {
    Attribute {
        name: format!("{AWS}{name}"),
        name_format: AttributeNameFormat::Uri,
        values,
    }
}

/// What is fast and wrong does not count.
fn verify_by_xmlsec(folder: &Path, sample: &str, key: &SigningKey) {
    let (document, certificate) = (folder.join("response.xml"), folder.join("certificate.der"));
    std::fs::write(&document, sample).expect("the sample can be written");
    std::fs::write(&certificate, key.certificate_der()).expect("the certificate can be written");
    for signed in ["Response", "Assertion"] {
        let output = Command::new("xmlsec1")
            .arg("--verify")
            .arg("--pubkey-cert-der")
            .arg(&certificate)
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:protocol:Response",
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
                "--node-xpath",
                &format!("//*[local-name()='{signed}']/*[local-name()='Signature']"),
            ])
            .arg(&document)
            .output()
            .expect("xmlsec1 is installed: run scripts/prerequisites test");
        assert!(
            output.status.success(),
            "xmlsec1 refuses the {signed}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

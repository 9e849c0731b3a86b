//! The judges: each takes cases and says of each what it read, or why it refuses.

use std::collections::BTreeMap;
use std::process::Command;

use samael::metadata::EntityDescriptor;
use samael::service_provider::ServiceProviderBuilder;
use serde::Deserialize;

use super::installed;
use super::{Case, Read};
use crate::store::engines::TestFolder;

pub(super) type Verdict = Result<Read, String>;

pub(super) const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";

/// A judge over the identity provider's metadata.
pub(super) type Judge = fn(&str, &[Case]) -> Vec<Verdict>;

pub(super) const JUDGES: [(&str, Judge); 4] = [
    ("xmlsec1", xmlsec1),
    ("samael", samael),
    ("pysaml2", pysaml2),
    ("python3-saml", python3_saml),
];

fn pysaml2(metadata: &str, cases: &[Case]) -> Vec<Verdict> {
    python("pysaml2_peer.py", metadata, cases)
}

fn python3_saml(metadata: &str, cases: &[Case]) -> Vec<Verdict> {
    python("python3_saml_peer.py", metadata, cases)
}

#[derive(Deserialize)]
struct Line {
    name: String,
    accepted: bool,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    name_id: String,
    #[serde(default)]
    format: String,
    #[serde(default)]
    attributes: BTreeMap<String, Vec<String>>,
}

impl Line {
    fn verdict(self) -> Verdict {
        if !self.accepted {
            return Err(self.reason);
        }
        let values = |name: &str| self.attributes.get(name).cloned().unwrap_or_default();
        Ok(Read {
            display_name: values("displayName").pop().unwrap_or_default(),
            notes: values("notes"),
            role: values(ROLE),
            name_id: self.name_id,
            format: self.format,
        })
    }
}

fn python(script: &str, metadata: &str, cases: &[Case]) -> Vec<Verdict> {
    let folder = TestFolder::new();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("cases.json", &serde_json::to_string(cases).unwrap());
    write("metadata.xml", metadata);
    let mut command = installed::python(script);
    let output = command.arg(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
    let lines: Vec<Line> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), cases.len(), "{script}: {said}");
    for (line, case) in lines.iter().zip(cases) {
        assert_eq!(line.name, case.name);
    }
    lines.into_iter().map(Line::verdict).collect()
}

/// Signatures alone: every one that the document has, wherever it stands, and as many as the case asks for.
fn xmlsec1(metadata: &str, cases: &[Case]) -> Vec<Verdict> {
    let folder = TestFolder::new();
    let document = uppsala::parse(metadata).unwrap();
    let certificate = document.get_elements_by_tag_name("X509Certificate");
    let certificate = document.text_content_deep(*certificate.last().unwrap());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n");
    let certificate = folder.path().join("certificate.pem");
    std::fs::write(&certificate, pem).unwrap();
    let verify = |case: &Case, number: usize| {
        let file = folder.path().join("response.xml");
        std::fs::write(&file, &case.xml).unwrap();
        let output = Command::new("xmlsec1")
            .args([
                "--verify",
                "--enabled-key-data",
                "x509,rsa",
                "--pubkey-cert-pem",
            ])
            .arg(&certificate)
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:protocol:Response",
            ])
            .args([
                "--id-attr:ID",
                "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
            ])
            .args([
                "--node-xpath",
                &format!("(//*[local-name()='Signature'])[{number}]"),
            ])
            .arg(&file)
            .output()
            .unwrap();
        if output.status.success() {
            Ok(())
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(said.lines().last().unwrap_or_default().to_owned())
        }
    };
    let judge = |case: &Case| {
        let wanted = usize::from(case.response_signed) + usize::from(case.assertion_signed);
        let found = case.xml.matches("<ds:Signature ").count();
        if found != wanted {
            return Err(format!("{found} signatures in place of {wanted}"));
        }
        for number in 1..=wanted {
            verify(case, number)?;
        }
        // It reads nothing itself.
        Ok(read_by_the_parser(&case.xml))
    };
    cases.iter().map(judge).collect()
}

/// As the tests' own parser reads it.
fn read_by_the_parser(xml: &str) -> Read {
    let document = uppsala::parse(xml).unwrap();
    let values = |name: &str| -> Vec<String> {
        document
            .get_elements_by_tag_name("Attribute")
            .into_iter()
            .filter(|node| document.get_attribute(*node, "Name") == Some(name))
            .flat_map(|node| document.children(node))
            .map(|value| document.text_content_deep(value))
            .collect()
    };
    let name_id = document.get_elements_by_tag_name("NameID");
    let name_id = name_id.first().copied();
    Read {
        name_id: name_id
            .map(|node| document.text_content_deep(node))
            .unwrap_or_default(),
        format: name_id
            .and_then(|node| document.get_attribute(node, "Format"))
            .unwrap_or_default()
            .to_owned(),
        display_name: values("displayName").pop().unwrap_or_default(),
        notes: values("notes"),
        role: values(ROLE),
    }
}

fn samael(metadata: &str, cases: &[Case]) -> Vec<Verdict> {
    let metadata: EntityDescriptor = metadata.parse().unwrap();
    cases
        .iter()
        .map(|case| {
            let mut sp = ServiceProviderBuilder::default()
                .entity_id(case.entity_id.clone())
                .acs_url(case.acs_url.clone())
                .idp_metadata(metadata.clone())
                .allow_idp_initiated(case.request_id.is_none())
                .build()
                .unwrap();
            // When a response ends is its own word.
            sp.max_clock_skew = Default::default();
            sp.max_issue_delay = sp.max_issue_delay * 10;
            let asked: Vec<&str> = case.request_id.as_deref().into_iter().collect();
            let assertion = sp
                .parse_xml_response(&case.xml, Some(&asked))
                .map_err(|error| error.to_string())?;
            let name_id = assertion
                .subject
                .and_then(|subject| subject.name_id)
                .ok_or("no NameID")?;
            let values = |name: &str| -> Vec<String> {
                let statements = assertion.attribute_statements.iter().flatten();
                let attributes = statements.flat_map(|statement| statement.attributes.iter());
                attributes
                    .filter(|attribute| attribute.name.as_deref() == Some(name))
                    .flat_map(|attribute| attribute.values.iter())
                    .map(|value| value.value.clone().unwrap_or_default())
                    .collect()
            };
            Ok(Read {
                name_id: name_id.value.clone(),
                format: name_id.format.unwrap_or_default(),
                display_name: values("displayName").pop().unwrap_or_default(),
                notes: values("notes"),
                role: values(ROLE),
            })
        })
        .collect()
}

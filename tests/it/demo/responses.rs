//! A good response for each receiver, and the ways to change one thing of it: before it is signed, in what signs it, or
//! after it was signed.

use signet::model::{NameIdFormat, ResponseSigning, Span, Timestamp};
use signet::protocol::saml::{
    AssertionContent, Attribute, AttributeNameFormat, NameId, ResponseContent, Status,
    write_response,
};

use super::{ACCOUNT, BASE, IDP, partition};
use crate::saml::forge::Recipe;
use crate::saml::keys::{TestKey, rsa};

/// The time at which every test begins.
pub(super) const NOW: Timestamp = crate::app::BEGIN;

pub(super) const RESPONSE: &str = "_response";
pub(super) const ASSERTION: &str = "_assertion";
const AWS_ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

/// A response to be.
pub(super) struct Forgery {
    pub(super) content: ResponseContent,
    /// Texts that are replaced before anything is signed.
    edits: Vec<(String, String)>,
    pub(super) sign_response: bool,
    pub(super) sign_assertion: bool,
    pub(super) key: &'static TestKey,
    pub(super) recipe: fn() -> Recipe,
}

fn sample(destination: &str, audience: &str, in_response_to: Option<&str>) -> ResponseContent {
    let in_response_to = in_response_to.map(str::to_owned);
    ResponseContent {
        id: RESPONSE.into(),
        in_response_to: in_response_to.clone(),
        destination: destination.into(),
        issue_instant: NOW,
        issuer: IDP.into(),
        status: Status::success(),
        assertion: Some(AssertionContent {
            id: ASSERTION.into(),
            issue_instant: NOW,
            issuer: IDP.into(),
            name_id: NameId {
                format: NameIdFormat::Persistent,
                value: "p-1".into(),
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            recipient: destination.into(),
            in_response_to,
            not_before: NOW.minus(Span::minutes(1)),
            not_on_or_after: NOW.plus(Span::minutes(10)),
            audience: audience.into(),
            authn_instant: NOW,
            session_index: "_session".into(),
            session_not_on_or_after: Some(NOW.plus(Span::hours(8))),
            authn_context_class_ref: "https://refeds.org/profile/mfa".into(),
            attributes: Vec::new(),
        }),
    }
}

impl Forgery {
    fn of(content: ResponseContent) -> Self {
        Self {
            content,
            edits: Vec::new(),
            sign_response: true,
            sign_assertion: true,
            key: rsa(),
            recipe: Recipe::default,
        }
    }

    /// For the demo service provider.
    pub(super) fn sp(in_response_to: Option<&str>) -> Self {
        let acs = format!("{BASE}/acs");
        let audience = format!("{BASE}/metadata");
        let forgery = Self::of(sample(&acs, &audience, in_response_to));
        forgery.assertion(|a| {
            a.attributes = vec![attribute("mail", &["<alice>@example.com"])];
        })
    }

    /// For the simulated AWS.
    pub(super) fn aws() -> Self {
        let partition = partition();
        let content = sample(&partition.sign_in_url, &partition.audience, None);
        Self::of(content)
            .set("Role", &[&role("Signet_ReadOnly")])
            .set("RoleSessionName", &["alice@example.com"])
            .set("SessionDuration", &["3600"])
            .set("SourceIdentity", &["alice"])
            .set("PrincipalTag:department", &["Research and Development"])
            .set("PrincipalTag:team", &["Blue"])
            .set("TransitiveTagKeys", &["department"])
    }

    /// Replaces the values of an attribute of AWS's.
    pub(super) fn set(self, name: &str, values: &[&str]) -> Self {
        let forgery = self.without(name);
        forgery.assertion(|a| {
            let name = format!("{AWS_ATTRIBUTES}{name}");
            a.attributes.push(attribute(&name, values));
        })
    }

    /// Adds an attribute of AWS's, whether or not it is there.
    pub(super) fn add(self, name: &str, values: &[&str]) -> Self {
        self.assertion(|a| {
            let name = format!("{AWS_ATTRIBUTES}{name}");
            a.attributes.push(attribute(&name, values));
        })
    }

    pub(super) fn without(self, name: &str) -> Self {
        let name = format!("{AWS_ATTRIBUTES}{name}");
        self.assertion(|a| a.attributes.retain(|attribute| attribute.name != name))
    }

    pub(super) fn response(mut self, change: impl FnOnce(&mut ResponseContent)) -> Self {
        change(&mut self.content);
        self
    }

    pub(super) fn assertion(self, change: impl FnOnce(&mut AssertionContent)) -> Self {
        self.response(|content| change(content.assertion.as_mut().unwrap()))
    }

    /// Replaces a text of the unsigned document, in canonical form.
    pub(super) fn edit(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.edits.push((from.into(), to.into()));
        self
    }

    /// Removes the first element of this name.
    pub(super) fn remove(self, name: &str) -> Self {
        let xml = self.unsigned();
        let element = element(&xml, name).to_owned();
        self.edit(element, "")
    }

    pub(super) fn signing(mut self, response: bool, assertion: bool) -> Self {
        self.sign_response = response;
        self.sign_assertion = assertion;
        self
    }

    /// Without signatures, in canonical form.
    pub(super) fn unsigned(&self) -> String {
        let signing = ResponseSigning::ResponseOnly;
        let written = write_response(&self.content, signing, self.key).unwrap();
        let signature = element(&written, "ds:Signature").to_owned();
        let mut xml = written.replacen(&signature, "", 1);
        for (from, to) in &self.edits {
            assert!(xml.contains(from), "{from} is not in {xml}");
            xml = xml.replace(from, to);
        }
        xml
    }

    pub(super) fn xml(&self) -> String {
        let mut xml = self.unsigned();
        if self.sign_assertion {
            let assertion = element(&xml, "saml:Assertion").to_owned();
            let id = attribute_of(&assertion, "ID");
            xml = xml.replacen(&assertion, &self.sign(&assertion, &id), 1);
        }
        if self.sign_response {
            let id = attribute_of(&xml, "ID");
            xml = self.sign(&xml, &id);
        }
        xml
    }

    /// Puts a signature behind the first issuer of a canonical element.
    pub(super) fn sign(&self, canonical: &str, id: &str) -> String {
        let recipe = Recipe {
            reference: format!(" URI=\"#{id}\""),
            ..(self.recipe)()
        };
        let signature = recipe.sign(canonical, self.key);
        canonical.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
    }
}

pub(super) fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/signet/{name},{PROVIDER}")
}

pub(super) const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/Signet";

fn attribute(name: &str, values: &[&str]) -> Attribute {
    Attribute {
        name: name.into(),
        name_format: AttributeNameFormat::Uri,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

/// The first element of this name, whole; no element of ours is inside another of its name.
pub(super) fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    let opens = [format!("<{name} "), format!("<{name}>")];
    let start = opens.iter().filter_map(|open| xml.find(open)).min();
    let start = start.unwrap_or_else(|| panic!("no {name} in {xml}"));
    let end = format!("</{name}>");
    let length = xml[start..].find(&end).unwrap() + end.len();
    &xml[start..start + length]
}

fn attribute_of(xml: &str, name: &str) -> String {
    let (_, behind) = xml.split_once(&format!(" {name}=\"")).unwrap();
    behind.split_once('"').unwrap().0.to_owned()
}

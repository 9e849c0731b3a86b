//! Requests of service providers, and the responses that come back to them, read by a parser that only reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use signet::model::{Span, Timestamp};

use super::{Answer, PUBLIC_URL, ServiceProviderApp, TestApp};
use crate::saml::forge::{Recipe, escape, redirect_value, sign_query};
use crate::saml::keys::{RSA_SHA256, TestKey};

/// An AuthnRequest to be; each field is an attribute or child of it.
#[derive(Debug, Clone)]
pub(crate) struct AuthnRequest {
    pub(crate) id: String,
    pub(crate) issuer: String,
    pub(crate) issue_instant: Timestamp,
    pub(crate) destination: Option<String>,
    /// Further attributes, in canonical order with the others: `AssertionConsumerServiceURL="…"`.
    pub(crate) acs: String,
    pub(crate) force_authn: bool,
    pub(crate) is_passive: bool,
    /// Behind the issuer: NameIDPolicy, RequestedAuthnContext.
    pub(crate) children: String,
    pub(crate) relay_state: Option<String>,
}

impl AuthnRequest {
    pub(crate) fn of(app: &TestApp, sp: &ServiceProviderApp) -> Self {
        Self {
            id: format!("_{}", app.op().request_id),
            issuer: sp.entity_id.clone(),
            issue_instant: app.clock.now(),
            destination: Some(format!("{PUBLIC_URL}/saml/sso")),
            acs: format!("AssertionConsumerServiceURL=\"{}\" ", sp.acs_url),
            force_authn: false,
            is_passive: false,
            children: String::new(),
            relay_state: Some("state & 1".into()),
        }
    }

    pub(crate) fn issued(mut self, ago: Span) -> Self {
        self.issue_instant = self.issue_instant.minus(ago);
        self
    }

    pub(crate) fn name_id_policy(mut self, format: &str, allow_create: bool) -> Self {
        self.children = format!(
            "<samlp:NameIDPolicy AllowCreate=\"{allow_create}\" Format=\"{format}\"></samlp:NameIDPolicy>"
        );
        self
    }

    /// In canonical form, with a place for the signature.
    fn xml(&self) -> String {
        let destination = self
            .destination
            .as_ref()
            .map(|d| format!("Destination=\"{d}\" "));
        let flag = |set: bool, name: &str| {
            if set {
                format!("{name}=\"true\" ")
            } else {
                String::new()
            }
        };
        format!(
            concat!(
                "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" {}{}{}ID=\"{}\" {}IssueInstant=\"{}\" Version=\"2.0\">",
                "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>{{signature}}{}</samlp:AuthnRequest>"
            ),
            self.acs,
            destination.unwrap_or_default(),
            flag(self.force_authn, "ForceAuthn"),
            self.id,
            flag(self.is_passive, "IsPassive"),
            self.issue_instant.to_xs_date_time(),
            self.issuer,
            self.children,
        )
    }

    fn parameters(&self) -> String {
        let request = redirect_value(self.xml().replace("{signature}", ""));
        let state = self
            .relay_state
            .as_ref()
            .map(|s| format!("&RelayState={}", escape(s)));
        format!("SAMLRequest={request}{}", state.unwrap_or_default())
    }

    /// The path of HTTP-Redirect.
    pub(crate) fn redirect(&self) -> String {
        format!("/saml/sso?{}", self.parameters())
    }

    pub(crate) fn signed_redirect(&self, key: &TestKey) -> String {
        format!(
            "/saml/sso?{}",
            sign_query(&self.parameters(), RSA_SHA256, key)
        )
    }

    /// The form of HTTP-POST.
    pub(crate) fn form(&self) -> Vec<(&'static str, String)> {
        self.form_of(&self.xml().replace("{signature}", ""))
    }

    pub(crate) fn signed_form(&self, key: &TestKey) -> Vec<(&'static str, String)> {
        let recipe = Recipe {
            reference: format!(" URI=\"#{}\"", self.id),
            ..Recipe::default()
        };
        self.form_of(&recipe.signed(&self.xml(), key))
    }

    fn form_of(&self, xml: &str) -> Vec<(&'static str, String)> {
        let mut form = vec![("SAMLRequest", STANDARD.encode(xml))];
        form.extend(self.relay_state.clone().map(|state| ("RelayState", state)));
        form
    }
}

/// A response on its way through the browser.
#[derive(Debug, Clone)]
pub(crate) struct PostedResponse {
    pub(crate) acs_url: String,
    pub(crate) relay_state: Option<String>,
    pub(crate) xml: String,
}

impl PostedResponse {
    /// The page that posts it.
    pub(crate) fn of(page: &Answer) -> Self {
        page.assert(200, "id=\"saml-post\"");
        let octets = STANDARD
            .decode(page.field("SAMLResponse").unwrap())
            .unwrap();
        Self {
            acs_url: page.action(),
            relay_state: page.field("RelayState"),
            xml: String::from_utf8(octets).unwrap(),
        }
    }

    /// The text of the only element of that local name.
    pub(crate) fn text(&self, name: &str) -> String {
        let texts = self.texts(name);
        assert_eq!(texts.len(), 1, "{name} in {}", self.xml);
        texts[0].clone()
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let document = uppsala::parse(&self.xml).unwrap();
        document
            .get_elements_by_tag_name(name)
            .into_iter()
            .map(|node| document.text_content_deep(node))
            .collect()
    }

    /// An attribute of the first element of that local name.
    pub(crate) fn attribute(&self, element: &str, name: &str) -> Option<String> {
        let document = uppsala::parse(&self.xml).unwrap();
        let node = *document.get_elements_by_tag_name(element).first()?;
        document.get_attribute(node, name).map(str::to_owned)
    }

    /// The values of a SAML attribute.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let document = uppsala::parse(&self.xml).unwrap();
        document
            .get_elements_by_tag_name("Attribute")
            .into_iter()
            .filter(|node| document.get_attribute(*node, "Name") == Some(name))
            .flat_map(|node| document.children(node))
            .map(|value| document.text_content_deep(value))
            .collect()
    }

    /// The status codes, outer first.
    pub(crate) fn status(&self) -> Vec<String> {
        let document = uppsala::parse(&self.xml).unwrap();
        document
            .get_elements_by_tag_name("StatusCode")
            .into_iter()
            .filter_map(|node| document.get_attribute(node, "Value"))
            .map(|uri| uri.rsplit(':').next().unwrap().to_owned())
            .collect()
    }

    pub(crate) fn is_success(&self) -> bool {
        self.status() == ["Success"]
    }
}

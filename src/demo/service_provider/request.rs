//! The requests that the service provider sends: what can be asked, and its two bindings.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use url::{Url, form_urlencoded};

use super::{NAMESPACES, ServiceProviderSettings};
use crate::demo::names::BINDING_POST;
use crate::demo::page::escape;
use crate::model::{NameIdFormat, Timestamp};

/// How a request is sent and what it insists on; one for each button of the start page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By HTTP-Redirect.
    Redirect,
    /// By HTTP-POST.
    Post,
    /// By HTTP-Redirect, without any page being shown to the person (`IsPassive`).
    Passive,
    /// By HTTP-Redirect, with the person asked again (`ForceAuthn`).
    Force,
}

/// How a request reaches the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    Redirect,
    Post,
}

/// What one request asks.
#[derive(Debug, Clone)]
pub(super) struct RequestOptions {
    pub(super) kind: Kind,
    /// `NameIDPolicy`'s format.
    pub(super) name_id_format: Option<NameIdFormat>,
    /// `RequestedAuthnContext`: this class exactly.
    pub(super) authn_context: Option<&'static str>,
}

/// The choices of the start page: value in the form, label, meaning.
pub(super) const NAME_ID_FORMATS: [(&str, &str, NameIdFormat); 4] = [
    ("persistent", "Persistent", NameIdFormat::Persistent),
    ("transient", "Transient", NameIdFormat::Transient),
    ("emailAddress", "Mail address", NameIdFormat::EmailAddress),
    ("unspecified", "Unspecified", NameIdFormat::Unspecified),
];
/// The choices of the start page: value in the form, label, class.
pub(super) const AUTHN_CONTEXTS: [(&str, &str, &str); 3] = [
    (
        "mfa",
        "Several factors (REFEDS MFA)",
        "https://refeds.org/profile/mfa",
    ),
    (
        "password",
        "Password over a protected transport",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    ),
    (
        "kerberos",
        "Kerberos",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos",
    ),
];

impl RequestOptions {
    /// Reads the start page's form; `None` for a choice that it does not have.
    pub(super) fn read(query: &str) -> Option<Self> {
        let mut options = Self {
            kind: Kind::Redirect,
            name_id_format: None,
            authn_context: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match (name.as_ref(), value.as_ref()) {
                ("how", "redirect") => options.kind = Kind::Redirect,
                ("how", "post") => options.kind = Kind::Post,
                ("how", "passive") => options.kind = Kind::Passive,
                ("how", "force") => options.kind = Kind::Force,
                ("format" | "context", "") => {}
                ("format", choice) => {
                    let (.., format) = NAME_ID_FORMATS.into_iter().find(|f| f.0 == choice)?;
                    options.name_id_format = Some(format);
                }
                ("context", choice) => {
                    let (.., class) = AUTHN_CONTEXTS.into_iter().find(|c| c.0 == choice)?;
                    options.authn_context = Some(class);
                }
                _ => return None,
            }
        }
        Some(options)
    }

    /// How it is sent.
    pub(super) fn binding(&self) -> Binding {
        match self.kind {
            Kind::Post => Binding::Post,
            Kind::Redirect | Kind::Passive | Kind::Force => Binding::Redirect,
        }
    }

    /// What must come back as RelayState; at most 80 bytes (SAML bindings, 3.4.3).
    pub(super) fn relay_state(&self) -> &'static str {
        match self.kind {
            Kind::Redirect => "started-here-by-redirect",
            Kind::Post => "started-here-by-post",
            Kind::Passive => "started-here-passively",
            Kind::Force => "started-here-forced & <escaped>",
        }
    }

    /// The `samlp:AuthnRequest` (SAML core, 3.4.1).
    pub(super) fn write(
        &self,
        id: &str,
        destination: &Url,
        settings: &ServiceProviderSettings,
        now: Timestamp,
    ) -> String {
        let namespaces: String = NAMESPACES
            .iter()
            .map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\""))
            .collect();
        let insists = match self.kind {
            Kind::Passive => " IsPassive=\"true\"",
            Kind::Force => " ForceAuthn=\"true\"",
            Kind::Redirect | Kind::Post => "",
        };
        let policy = self.name_id_format.map_or_else(String::new, |format| {
            format!(
                "<samlp:NameIDPolicy AllowCreate=\"true\" Format=\"{}\"/>",
                format.uri()
            )
        });
        let context = self.authn_context.map_or_else(String::new, |class| {
            format!(
                "<samlp:RequestedAuthnContext Comparison=\"exact\"><saml:AuthnContextClassRef>{class}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"
            )
        });
        format!(
            "<samlp:AuthnRequest{namespaces} ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{now}\" Destination=\"{destination}\" AssertionConsumerServiceURL=\"{acs}\" ProtocolBinding=\"{BINDING_POST}\"{insists}><saml:Issuer>{issuer}</saml:Issuer>{policy}{context}</samlp:AuthnRequest>",
            now = now.to_xs_date_time(),
            destination = escape(destination.as_str()),
            acs = escape(&settings.acs_url()),
            issuer = escape(&settings.entity_id()),
        )
    }
}

/// The address to which HTTP-Redirect sends the browser (SAML bindings, 3.4.4.1).
pub(super) fn redirect_url(endpoint: &Url, xml: &str, relay_state: &str) -> Url {
    let mut url = endpoint.clone();
    url.query_pairs_mut()
        .append_pair("SAMLRequest", &STANDARD.encode(deflate(xml)))
        .append_pair("RelayState", relay_state);
    url
}

/// The octets of HTTP-POST's `SAMLRequest` (SAML bindings, 3.5.4).
pub(super) fn post_value(xml: &str) -> String {
    STANDARD.encode(xml)
}

/// Raw DEFLATE. Writing to memory does not fail; were it to, the identity provider would refuse what is sent.
fn deflate(xml: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(xml.as_bytes())
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}

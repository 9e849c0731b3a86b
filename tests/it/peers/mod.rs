//! Other people's service providers and verifiers: they accept what we issue and read every value whole, and refuse what
//! was altered. Where one cannot judge a rule, the table in `altered` says so and why. Beside them other people's OpenID
//! Connect clients, and a simulated AWS that is not ours.

mod altered;
mod aws;
mod grid;
pub(crate) mod installed;
mod judges;
mod organisation;
mod relying_parties;
mod wrapping;

use serde::Serialize;
use signet::clock::Clock;
use signet::model::{NameIdFormat, ResponseSigning};

use crate::app::{AuthnRequest, Browser, Person, PostedResponse, ServiceProviderApp, TestApp};
use crate::store::engines::TestDatabase;

/// A response as a service provider gets it, and what it has to know to judge it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) entity_id: String,
    pub(crate) acs_url: String,
    /// None: nobody asked.
    pub(crate) request_id: Option<String>,
    /// What the service provider insists on.
    pub(crate) response_signed: bool,
    pub(crate) assertion_signed: bool,
    pub(crate) xml: String,
    #[serde(skip)]
    pub(crate) expected: Read,
}

/// What is read from an accepted response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) name_id: String,
    pub(crate) format: String,
    pub(crate) display_name: String,
    pub(crate) notes: Vec<String>,
    /// AWS's.
    pub(crate) role: Vec<String>,
}

/// A server in the present: the peers read the machine's clock.
fn app(db: &TestDatabase) -> TestApp<'_> {
    TestApp::with(db, |settings| settings.clock = Clock::System)
}

/// A service provider for each way of signing.
fn register(app: &TestApp, signing: ResponseSigning) -> ServiceProviderApp {
    register_for(app, signing, NameIdFormat::Persistent)
}

/// And with what it is sent where it leaves the format to us.
fn register_for(
    app: &TestApp,
    signing: ResponseSigning,
    default: NameIdFormat,
) -> ServiceProviderApp {
    let host = format!("{signing:?}-{default:?}.example").to_lowercase();
    app.service_provider(&host, |sp| {
        sp.response_signing = signing;
        sp.default_name_id_format = default;
        let source = |name: &str, source: &str| signet::model::ReleasedAttribute {
            name: name.into(),
            source: source.into(),
        };
        sp.attributes = vec![
            source("displayName", "display_name"),
            source("notes", "attributes.notes"),
        ];
    })
}

/// Asks for a response as that service provider does, in a browser that is signed in.
fn obtain(
    app: &TestApp,
    browser: &mut Browser,
    sp: &ServiceProviderApp,
    format: NameIdFormat,
    expected: Read,
) -> Case {
    let request = AuthnRequest::of(app, sp).name_id_policy(format.uri(), true);
    let response = PostedResponse::of(&browser.open(&request.redirect()));
    let signing = sp.application.saml().unwrap().response_signing;
    // Unspecified leaves the choice to us (SAML core, 8.3.1): the registration's default.
    let sent = response.attribute("NameID", "Format").unwrap();
    let is_told = matches!(
        format,
        NameIdFormat::EmailAddress | NameIdFormat::Unspecified
    );
    let name_id = if is_told && sent == format.uri() {
        expected.name_id.clone()
    } else {
        response.text("NameID")
    };
    Case {
        name: format!("{format:?} {signing:?} {}", expected.display_name),
        entity_id: sp.entity_id.clone(),
        acs_url: sp.acs_url.clone(),
        request_id: Some(request.id),
        response_signed: signing != ResponseSigning::AssertionOnly,
        assertion_signed: signing != ResponseSigning::ResponseOnly,
        xml: response.xml,
        expected: Read {
            name_id,
            format: sent,
            ..expected
        },
    }
}

/// Signs somebody in and returns their browser.
fn signed_in(app: &TestApp, person: &Person) -> Browser {
    let mut browser = app.browser();
    browser.sign_in(app, person);
    browser
}

//! What leaves.

/// A response that is ready to be posted by the browser (SAML bindings, 3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Where to.
    pub acs_url: String,
    /// The form's `SAMLResponse`: base64.
    pub saml_response: String,
    /// The form's `RelayState`.
    pub relay_state: Option<String>,
}

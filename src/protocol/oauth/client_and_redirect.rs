//! The two parameters that are read before all others: who asks, and where an answer would go.

use super::parameters::{MAX_CLIENT_ID, MAX_URI, ParameterError, Parameters};

/// Who asks and where the answer shall go, as sent. Both are unchecked: the registration decides on them
/// ([`find_redirect_uri`](super::find_redirect_uri)), and until it has, nothing may redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAndRedirect {
    /// The client's id, of printable ASCII (RFC 6749, appendix A.1).
    pub client_id: String,
    /// The redirect URI, to be compared octet by octet.
    pub redirect_uri: Option<String>,
}

/// Why not even these could be read. It is shown to the person, never sent to a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientAndRedirectError {
    /// A parameter is missing, repeated, too long or has control characters.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Not printable ASCII.
    #[error("client_id must be the id that the client was registered with")]
    ClientId,
}

impl ClientAndRedirect {
    /// Reads both.
    ///
    /// # Errors
    /// [`ClientAndRedirectError`], never to be redirected.
    pub fn read(pairs: &[(String, String)]) -> Result<Self, ClientAndRedirectError> {
        let parameters = Parameters::new(pairs);
        let client_id = parameters.required("client_id", MAX_CLIENT_ID)?;
        if !is_client_id(client_id) {
            return Err(ClientAndRedirectError::ClientId);
        }
        Ok(Self {
            client_id: client_id.to_owned(),
            redirect_uri: parameters.one("redirect_uri", MAX_URI)?.map(str::to_owned),
        })
    }
}

/// Whether a text could be a client's id: 1 to 255 characters of printable ASCII.
pub(super) fn is_client_id(text: &str) -> bool {
    (1..=MAX_CLIENT_ID).contains(&text.len()) && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

//! The client that every instance has: the command line on people's own machines.

use super::{Apps, AppsError, NewApplication};
use crate::model::{
    ApplicationType, AvailableTo, Client, ClientAuthMethod, ClientId, ConsentMode, GrantType,
    IdTokenAlgorithm, Registration, SubjectType, TokenLifetimes,
};
use crate::op::Op;

/// What the command line names itself.
const CLIENT_ID: &str = "signet-cli";

impl Apps {
    /// Registers the command line as a client, once: for everybody, on any loopback port, with PKCE and no secret. An
    /// administrator may change or disable it as any other application.
    ///
    /// # Errors
    /// [`AppsError`].
    pub async fn ensure_command_line(&self, op: &Op) -> Result<(), AppsError> {
        let client_id = ClientId::parse(CLIENT_ID)
            .map_err(|error| super::invalid("client_id", error.to_string()))?;
        if self.by_client_id(&client_id).await?.is_some() {
            return Ok(());
        }
        let new = NewApplication {
            name: "Signet command line".to_owned(),
            registration: Registration::Client(command_line(client_id)),
        };
        match self.register(op, new).await {
            // Another node was first.
            Ok(_) | Err(AppsError::Taken { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn command_line(client_id: ClientId) -> Client {
    let day = 86_400;
    Client {
        client_id,
        application_type: ApplicationType::Native,
        token_endpoint_auth_method: ClientAuthMethod::None,
        jwks: None,
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        backchannel_logout_uri: None,
        initiate_login_uri: None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        require_pkce: true,
        id_token_signed_response_alg: IdTokenAlgorithm::Es256,
        subject_type: SubjectType::Public,
        scopes: ["openid", "offline_access", "aws"]
            .map(str::to_owned)
            .to_vec(),
        resources: Vec::new(),
        available_to: AvailableTo::Everybody,
        consent: ConsentMode::Implied,
        // A working day without a browser; the decision is made again each time.
        lifetimes: TokenLifetimes {
            access_token: 600,
            id_token: 600,
            refresh_token_idle: day / 2,
            refresh_token: 7 * day,
        },
        claims: Vec::new(),
    }
}

//! Whether a client is who it says (RFC 6749, section 2.3; RFC 7523, section 3).

use super::Apps;
use crate::model::{AppState, Application, ClientId, SecretHash, Timestamp};
use crate::op::Op;
use crate::protocol::jose::{Algorithm, Expected, ExpectedType, parse_registered_keys, verify_jws};
use crate::protocol::oauth::{CLOCK_SKEW, ClientCredentials, check_client_assertion};
use crate::store::{StoreError, Txn, applications, client_secrets as rows};

/// What became of a client's proof.
#[derive(Debug)]
pub enum ClientProof {
    /// It is the client.
    Verified(Box<Application>),
    /// It is not; why is for the audit and the trace, and never for whoever asks.
    Refused(ClientRefusal),
}

/// Why a client is not who it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRefusal {
    /// The rule that was broken.
    pub rule: &'static str,
    /// What exactly is wrong with an assertion.
    pub detail: Option<String>,
    /// The client that it claims to be, if there is one.
    pub application: Option<Box<Application>>,
}

impl ClientRefusal {
    fn by(rule: &'static str) -> Self {
        Self {
            rule,
            detail: None,
            application: None,
        }
    }

    fn with(rule: &'static str, detail: impl std::fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..Self::by(rule)
        }
    }

    fn of(self, application: &Application) -> ClientProof {
        ClientProof::Refused(Self {
            application: Some(Box::new(application.clone())),
            ..self
        })
    }
}

/// A client as it is registered, with the hashes of its secrets: what a proof is judged by.
#[derive(Debug)]
pub struct RegisteredClient {
    application: Application,
    hashes: Vec<SecretHash>,
}

impl RegisteredClient {
    /// Reads it within a transaction of the caller's; none when there is no such client.
    ///
    /// # Errors
    /// The store's.
    pub fn read(txn: &mut dyn Txn, client_id: &str) -> Result<Option<Self>, StoreError> {
        let Ok(id) = ClientId::parse(client_id) else {
            return Ok(None);
        };
        let Some(application) = applications::by_client_id(txn, &id)? else {
            return Ok(None);
        };
        let hashes = rows::hashes(txn, &application.id)?;
        Ok(Some(Self {
            application,
            hashes,
        }))
    }
}

impl Apps {
    /// Verifies a client by the one method that it is registered with.
    ///
    /// # Errors
    /// The store's.
    pub async fn authenticate_client(
        &self,
        op: &Op,
        credentials: &ClientCredentials,
        issuer: &str,
    ) -> Result<ClientProof, StoreError> {
        let id = credentials.client_id().to_owned();
        let client = self
            .store
            .read(move |txn| RegisteredClient::read(txn, &id))
            .await?;
        self.judge_client(op, credentials, client, issuer).await
    }

    /// The same for a client that was read together with what it asks about.
    ///
    /// # Errors
    /// The store's.
    pub async fn judge_client(
        &self,
        op: &Op,
        credentials: &ClientCredentials,
        client: Option<RegisteredClient>,
        issuer: &str,
    ) -> Result<ClientProof, StoreError> {
        let Some(RegisteredClient {
            application,
            hashes,
        }) = client
        else {
            return Ok(ClientProof::Refused(ClientRefusal::by("unknown_client")));
        };
        let method = application.client().map(|c| c.token_endpoint_auth_method);
        if application.state == AppState::Disabled {
            return Ok(ClientRefusal::by("client_disabled").of(&application));
        }
        if method != Some(credentials.method()) {
            return Ok(ClientRefusal::by("client_auth_method").of(&application));
        }
        let refused = match credentials {
            ClientCredentials::None { .. } => None,
            ClientCredentials::SecretBasic { secret, .. }
            | ClientCredentials::SecretPost { secret, .. } => {
                let secret = secret.expose_text().unwrap_or_default();
                // Every hash is compared: which one it was does not show.
                let matches = hashes.iter().filter(|hash| hash.is_of(secret)).count();
                (matches == 0).then(|| ClientRefusal::by("client_secret"))
            }
            ClientCredentials::PrivateKeyJwt { assertion, .. } => {
                self.assertion(op, &application, assertion, issuer).await?
            }
        };
        Ok(match refused {
            None => ClientProof::Verified(Box::new(application)),
            Some(refusal) => refusal.of(&application),
        })
    }

    /// The rule that an assertion breaks; none when it is good, and it is used up then.
    async fn assertion(
        &self,
        op: &Op,
        application: &Application,
        assertion: &str,
        issuer: &str,
    ) -> Result<Option<ClientRefusal>, StoreError> {
        let Some(client) = application.client() else {
            return Ok(Some(ClientRefusal::by("unknown_client")));
        };
        let keys = client.jwks.as_deref().unwrap_or_default();
        let Ok(keys) = parse_registered_keys(keys.as_bytes()) else {
            return Ok(Some(ClientRefusal::by("client_keys")));
        };
        let verified = verify_jws(
            assertion,
            &Expected {
                typ: ExpectedType::ClientAssertion,
                algorithms: &Algorithm::ALL,
                keys: &keys,
            },
        );
        let claims = match verified {
            Ok(claims) => claims,
            Err(error) => {
                return Ok(Some(ClientRefusal::with(
                    "client_assertion_signature",
                    error,
                )));
            }
        };
        let id = client.client_id.as_str();
        let checked = match check_client_assertion(&claims, id, issuer, op.now) {
            Ok(checked) => checked,
            Err(error) => return Ok(Some(ClientRefusal::with("client_assertion_claims", error))),
        };
        let used = (application.id.clone(), SecretHash::of(&checked.token_id));
        let until: Timestamp = checked.expires_at.plus(CLOCK_SKEW);
        let is_first = self
            .store
            .write(move |txn| rows::use_assertion_once(txn, &used.0, &used.1, until))
            .await?;
        Ok((!is_first).then(|| ClientRefusal::by("client_assertion_replay")))
    }
}

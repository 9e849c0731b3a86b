//! The stored sign-in.

use serde::{Deserialize, Serialize};

use super::{LIFETIME, SignInError, SignIns};
use crate::access::{AuthorizationExchange, Exchange};
use crate::audit::{self, AuditEvent};
use crate::model::{
    AccountId, DeviceId, PasskeyKind, PendingId, PermissionSetId, SatisfiedFactor, SecretHash,
    Timestamp, UserId,
};
use crate::op::Op;
use crate::policy::{AccessRequest, Target};
use crate::store::pending_sign_ins::{self as rows, PendingSignInRow};

/// Where a sign-in leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Continuation {
    /// An application, by SAML.
    Saml(Exchange),
    /// A client, by OpenID Connect.
    Oauth(Box<AuthorizationExchange>),
    /// A role in AWS.
    AwsRole {
        /// The account.
        account_id: AccountId,
        /// The permission set.
        permission_set_id: PermissionSetId,
        /// The console's destination, checked.
        destination: Option<String>,
        /// Which way it is taken.
        #[serde(default)]
        door: AwsDoor,
    },
    /// The portal.
    Portal,
    /// The person's own pages.
    Account,
    /// A change of how the person signs in, or a colleague.
    OwnCredentials {
        /// What they want to change.
        part: OwnCredential,
        /// What was proved before does not count.
        since: Timestamp,
    },
    /// The console.
    Admin {
        /// Which part of it.
        #[serde(default)]
        part: ConsolePart,
    },
}

/// What a person may change about how they sign in, or a colleague.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnCredential {
    /// The password.
    Password,
    /// The recovery codes.
    RecoveryCodes,
    /// Another passkey or security key.
    NewKey(PasskeyKind),
    /// The mail address.
    Address,
    /// Another authenticator app.
    NewTotp,
    /// One of those that are there.
    Device(DeviceId),
    /// A pass for a colleague.
    ColleaguePass,
}

impl OwnCredential {
    const fn target(&self) -> Target {
        match self {
            Self::ColleaguePass => Target::ColleaguePass,
            Self::Password
            | Self::RecoveryCodes
            | Self::NewKey(_)
            | Self::Address
            | Self::NewTotp
            | Self::Device(_) => Target::OwnCredentials,
        }
    }
}

/// A part of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsolePart {
    /// The first page.
    Home,
    /// People.
    People,
    /// Groups.
    Groups,
    /// AWS accounts, permission sets, who may take what.
    Aws,
    /// Policies.
    Policies,
    /// What is protected.
    Protection,
    /// The audit.
    Audit,
    /// What became of applications' attempts.
    #[default]
    Traces,
}

/// How a role in AWS is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwsDoor {
    /// By the management console.
    #[default]
    Console,
    /// By credentials for a command line.
    CommandLine,
}

impl Continuation {
    /// What `policy` is asked.
    pub fn access_request(&self) -> AccessRequest {
        match self {
            Self::Saml(exchange) => exchange.access_request(),
            Self::Oauth(exchange) => exchange.access_request(),
            Self::AwsRole {
                account_id,
                permission_set_id,
                ..
            } => AccessRequest::plain(Target::Aws {
                account_id: account_id.clone(),
                permission_set_id: permission_set_id.clone(),
            }),
            Self::Portal => AccessRequest::plain(Target::Portal),
            Self::Account => AccessRequest::plain(Target::Account),
            Self::OwnCredentials { part, since } => AccessRequest {
                authenticated_since: Some(*since),
                ..AccessRequest::plain(part.target())
            },
            Self::Admin { .. } => AccessRequest::plain(Target::Admin),
        }
    }

    /// The same browser asking for the same again resumes what it began.
    fn request_key(&self) -> String {
        match self {
            Self::Saml(exchange) => {
                let request = exchange.request_id.as_deref().unwrap_or("");
                let state = exchange.relay_state.as_deref().unwrap_or("");
                format!("saml {} {request} {state}", exchange.app_id)
            }
            Self::Oauth(exchange) => format!("oauth {}", exchange.fingerprint()),
            Self::AwsRole {
                account_id,
                permission_set_id,
                destination,
                door,
            } => {
                let destination = destination.as_deref().unwrap_or("");
                format!("aws {account_id} {permission_set_id} {door:?} {destination}")
            }
            Self::Portal => "portal".into(),
            Self::Account => "account".into(),
            Self::OwnCredentials { part, .. } => format!("own credentials {part:?}"),
            Self::Admin { part } => format!("admin {part:?}"),
        }
    }

    pub(super) fn audit_target(&self) -> audit::Target {
        match self {
            Self::Saml(exchange) => audit::Target::Application {
                app_id: exchange.app_id.clone(),
            },
            Self::Oauth(exchange) => audit::Target::Application {
                app_id: exchange.app_id.clone(),
            },
            Self::AwsRole {
                account_id,
                permission_set_id,
                ..
            } => audit::Target::Aws {
                account_id: account_id.clone(),
                permission_set_id: permission_set_id.clone(),
            },
            Self::Portal => audit::Target::Portal,
            Self::Account | Self::OwnCredentials { .. } => audit::Target::Account,
            Self::Admin { .. } => audit::Target::Admin,
        }
    }
}

/// Who is signing in, and what was proved in this sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Who, once they proved something.
    pub user_id: Option<UserId>,
    /// What, and when.
    pub satisfied: Vec<SatisfiedFactor>,
}

impl Progress {
    /// With one more proof by a person. Another person than before starts from nothing.
    pub(super) fn with(&self, user_id: &UserId, proof: SatisfiedFactor) -> Self {
        let mut satisfied = match &self.user_id {
            Some(before) if before == user_id => self.satisfied.clone(),
            _ => Vec::new(),
        };
        satisfied.push(proof);
        Self {
            user_id: Some(user_id.clone()),
            satisfied,
        }
    }
}

/// A sign-in in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Random; stands in the pages' addresses.
    pub id: PendingId,
    /// Where it leads.
    pub continuation: Continuation,
    /// What was proved.
    pub progress: Progress,
    /// When begun.
    pub created_at: Timestamp,
    /// When it became a session.
    pub completed_at: Option<Timestamp>,
    pub(super) request_key: String,
    pub(super) is_claimed: bool,
    pub(super) revision: i64,
}

impl PendingSignIn {
    fn read(row: &PendingSignInRow) -> Result<Self, SignInError> {
        let unreadable = |error: serde_json::Error| SignInError::Unreadable(error.to_string());
        Ok(Self {
            id: row.id.clone(),
            continuation: serde_json::from_str(&row.continuation).map_err(unreadable)?,
            progress: serde_json::from_str(&row.progress).map_err(unreadable)?,
            created_at: row.created_at,
            completed_at: row.completed_at,
            request_key: row.request_key.clone(),
            is_claimed: row.browser.is_some(),
            revision: row.revision,
        })
    }
}

/// What a browser shows of itself.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// The hash of the secret that binds sign-ins to it.
    pub binding: Option<SecretHash>,
    /// The hash of its session's secret.
    pub session: Option<SecretHash>,
    /// How it describes itself.
    pub user_agent: String,
}

impl SignIns {
    /// Begins a sign-in, or resumes what the same browser began for the same request. Without a binding (a request that
    /// came by POST from another site, and so without cookies) the first browser that opens it claims it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn begin(
        &self,
        op: &Op,
        binding: Option<&SecretHash>,
        continuation: Continuation,
    ) -> Result<PendingId, SignInError> {
        let key = continuation.request_key();
        let progress = Progress::default();
        self.insert(op, binding, key, continuation, progress).await
    }

    /// Begins a sign-in in which something is proved already; it resumes nothing.
    pub(super) async fn begin_with(
        &self,
        op: &Op,
        binding: Option<&SecretHash>,
        continuation: Continuation,
        progress: Progress,
    ) -> Result<PendingId, SignInError> {
        let key = format!("once {}", hex::encode(op.entropy.octets::<16>()));
        self.insert(op, binding, key, continuation, progress).await
    }

    async fn insert(
        &self,
        op: &Op,
        binding: Option<&SecretHash>,
        request_key: String,
        continuation: Continuation,
        progress: Progress,
    ) -> Result<PendingId, SignInError> {
        let id = PendingId::from_random(op.entropy.octets());
        let event = AuditEvent::SignInBegun {
            pending_id: id.clone(),
            target: continuation.audit_target(),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let row = PendingSignInRow {
            id,
            browser: binding.cloned(),
            request_key,
            continuation: to_json(&continuation)?,
            progress: to_json(&progress)?,
            created_at: op.now,
            expires_at: op.now.plus(LIFETIME),
            completed_at: None,
            revision: 0,
        };
        let now = op.now;
        let id = self
            .store
            .write(move |txn| {
                let stands = rows::insert_or_resume(txn, &row, now)?;
                if stands == row.id {
                    txn.append_audit(&entry)?;
                }
                Ok(stands)
            })
            .await?;
        Ok(id)
    }

    /// The sign-in of that id, if this browser may continue it.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn find(
        &self,
        op: &Op,
        id: &PendingId,
        browser: &Browser,
    ) -> Result<Option<PendingSignIn>, SignInError> {
        let (id, binding, now) = (id.clone(), browser.binding.clone(), op.now);
        let row = self
            .store
            .read(move |txn| rows::find(txn, &id, binding.as_ref(), now))
            .await?;
        row.as_ref().map(PendingSignIn::read).transpose()
    }

    /// Binds a sign-in that no browser has claimed to this one.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn claim(
        &self,
        pending: &PendingSignIn,
        binding: &SecretHash,
    ) -> Result<bool, SignInError> {
        if pending.is_claimed {
            return Ok(true);
        }
        let (id, key, binding) = (
            pending.id.clone(),
            pending.request_key.clone(),
            binding.clone(),
        );
        Ok(self
            .store
            .write(move |txn| rows::claim(txn, &id, &key, &binding))
            .await?)
    }
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, SignInError> {
    serde_json::to_string(value).map_err(|error| SignInError::Unreadable(error.to_string()))
}

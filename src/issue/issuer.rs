//! The issuer: what every kind of issue shares.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{AwsLimitError, Posted};
use crate::access::Known;
use crate::audit::{Audit, AuditError, AuditEvent};
use crate::keys::{Keys, KeysError};
use crate::model::{
    AccountId, AppId, AppSessionId, ApplicationSession, FamilyId, KeyId, Partition,
    PermissionSetId, Purpose, ResponseSigning, SecretHash, SessionId, Timestamp, TokenFamily,
};
use crate::op::Op;
use crate::policy::Grant;
use crate::protocol::jose::{KeyError, VerificationKeys, WriteJwsError};
use crate::protocol::saml::{ResponseContent, WriteError, write_response};
use crate::store::{Store, StoreError, role_marks, saml_requests, sessions, token_families};

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// One request, one response.
    #[error("this request was answered before; start again at the application")]
    AlreadyAnswered,
    /// The session ended between the decision and now.
    #[error("the session has ended")]
    SessionEnded,
    /// The grant is for something else.
    #[error("the grant is for another target or person")]
    WrongGrant,
    /// What the request was checked against is no longer registered.
    #[error("the application's registration was changed meanwhile; start again")]
    RegistrationChanged,
    /// Signing in may not start from our side.
    #[error("signing in to this application starts at the application")]
    StartsAtApplication,
    /// The application allows no name to be made, and there is none.
    #[error(
        "the person has no persistent name at this application, and the request forbids making one"
    )]
    NoName,
    /// AWS would refuse it.
    #[error(transparent)]
    AwsLimit(#[from] AwsLimitError),
    /// The account's partition is not configured.
    #[error("the partition {0} is not configured; see [aws] in the configuration")]
    UnknownPartition(String),
    /// The response cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A token cannot be written.
    #[error(transparent)]
    Jws(#[from] WriteJwsError),
    /// A published key is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IssueError {
    /// Whether the same may succeed a little later, because the store was not available.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_temporary(),
            Self::Audit(error) => error.is_temporary(),
            Self::Store(error) => error.is_temporary(),
            _ => false,
        }
    }
}

/// The person and the session for which a grant was given: from the same reading as the grant.
#[derive(Debug)]
pub struct Witness<'a> {
    /// The person and their groups.
    pub known: &'a Known,
    /// The browser session, which may have ended where what was granted outlives it.
    pub session_id: &'a SessionId,
    /// What must still stand when it is recorded.
    pub under: Under,
}

/// What an issue rests on: looked at again in the transaction that records it.
#[derive(Debug, Clone)]
pub enum Under {
    /// The browser session of this secret.
    Session(SecretHash),
    /// What was granted to a client.
    Family(FamilyId),
}

/// Issues SAML responses, codes and tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Issuer {
    pub(super) store: Store,
    pub(super) audit: Audit,
    pub(super) keys: Keys,
    pub(super) partitions: Arc<[Partition]>,
    /// The published keys, parsed, as they were last seen.
    pub(super) parsed: Arc<Mutex<Option<ParsedKeys>>>,
}

/// Keys that verify our tokens, and the ids by which it is known whether they still are the published ones.
#[derive(Debug)]
pub(super) struct ParsedKeys {
    pub(super) ids: Vec<KeyId>,
    pub(super) keys: Arc<VerificationKeys>,
}

/// What is recorded before a response leaves, in one transaction.
pub(super) struct Record {
    /// What must still stand.
    pub(super) under: Under,
    /// The application session that begins.
    pub(super) application_session: ApplicationSession,
    /// The request that is answered, and until when its id is remembered.
    pub(super) answers: Option<(AppId, String, Timestamp)>,
    /// The code that is given, with its family, what stands with it, and its end.
    pub(super) code: Option<(SecretHash, TokenFamily, String, Timestamp)>,
    /// The role in AWS that a person takes by it.
    pub(super) takes: Option<(AccountId, PermissionSetId)>,
    /// The event.
    pub(super) event: AuditEvent,
}

impl Issuer {
    /// Over the store, recording in the audit, signing with the ring's active keys.
    pub fn new((store, audit): (Store, Audit), keys: Keys, partitions: Vec<Partition>) -> Self {
        Self {
            store,
            audit,
            keys,
            partitions: partitions.into(),
            parsed: Arc::default(),
        }
    }

    /// The configured partitions.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    pub(super) fn entity_id(&self) -> &str {
        self.keys.identity().entity_id.as_str()
    }

    pub(super) fn sign(
        &self,
        content: &ResponseContent,
        signing: ResponseSigning,
        relay_state: Option<String>,
    ) -> Result<Posted, IssueError> {
        let key = self.keys.active(Purpose::Saml)?;
        let xml = write_response(content, signing, &*key)?;
        Ok(Posted {
            acs_url: content.destination.clone(),
            saml_response: STANDARD.encode(xml),
            relay_state,
        })
    }

    /// Writes what must be known of an issue before it leaves. What it rests on is looked at again in the same transaction:
    /// what was revoked since the decision gets nothing.
    pub(super) async fn record(&self, op: &Op, record: Record) -> Result<(), IssueError> {
        let entry = self.audit.prepare(op, &record.event).await?;
        let now = op.now;
        self.store
            .write(move |txn| {
                let stands = match &record.under {
                    Under::Session(secret) => sessions::load(txn, secret, now)?.is_some(),
                    Under::Family(id) => token_families::live(txn, id, now)?.is_some(),
                };
                if !stands {
                    return Ok(Err(IssueError::SessionEnded));
                }
                if let Some((app_id, request_id, expires_at)) = &record.answers
                    && !saml_requests::answer_once(txn, app_id, request_id, *expires_at)?
                {
                    return Ok(Err(IssueError::AlreadyAnswered));
                }
                if let Some((hash, family, request, expires_at)) = &record.code {
                    token_families::insert(txn, family)?;
                    token_families::insert_code(txn, hash, &family.id, request, *expires_at)?;
                }
                sessions::insert_application_session(txn, &record.application_session)?;
                if let Some((account_id, set_id)) = &record.takes {
                    let user_id = &record.application_session.user_id;
                    role_marks::used(txn, user_id, (account_id, set_id), now)?;
                }
                txn.append_audit(&entry)?;
                Ok(Ok(()))
            })
            .await?
    }
}

impl Witness<'_> {
    pub(super) fn application_session(
        &self,
        op: &Op,
        app_id: Option<AppId>,
        name_id: &str,
        grant: &Grant,
    ) -> ApplicationSession {
        ApplicationSession {
            id: AppSessionId::in_order(op.now, op.entropy.octets()),
            session_id: self.session_id.clone(),
            app_id,
            user_id: self.known.user.id.clone(),
            name_id: name_id.to_owned(),
            created_at: op.now,
            ends_at: grant.ends_at(),
        }
    }
}

/// A random id of 128 bits that is an XML name (security.md S-02).
pub(super) fn message_id(op: &Op) -> String {
    format!("_{}", hex::encode(op.entropy.octets::<16>()))
}

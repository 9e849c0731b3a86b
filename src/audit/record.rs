//! From an event to the record of it, and back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Audit, AuditError, AuditEvent, Personal, canonical, personal};
use crate::model::{EventId, RequestId, UserId};
use crate::op::{Actor, Op};
use crate::store::AuditEntry;

/// The form of the body; raised when a reader of the former one would misunderstand it.
const VERSION: u8 = 1;

/// Who acted, as a record says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RecordedActor {
    /// Nobody had proved who they are.
    Anonymous,
    /// A signed-in person.
    User {
        /// Who.
        id: UserId,
    },
    /// A command on the host.
    Host {
        /// Which.
        name: String,
    },
    /// A background job.
    Job {
        /// Which.
        name: String,
    },
}

impl From<&Actor> for RecordedActor {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Anonymous => Self::Anonymous,
            Actor::User(id) => Self::User { id: id.clone() },
            Actor::Host(name) => Self::Host {
                name: (*name).to_owned(),
            },
            Actor::Job(name) => Self::Job {
                name: (*name).to_owned(),
            },
        }
    }
}

/// From where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RemoteAddr {
    /// A person's address.
    Of(Personal<String>),
    /// The address of somebody unknown: a keyed code of it.
    Code(String),
}

/// The body of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Body {
    v: u8,
    pub(super) actor: RecordedActor,
    pub(super) request_id: RequestId,
    pub(super) remote_addr: Option<RemoteAddr>,
    pub(super) event: AuditEvent,
}

impl Audit {
    /// Records an event that goes with no change.
    ///
    /// # Errors
    /// As [`Audit::prepare`], and the store's.
    pub async fn record(&self, op: &Op, event: &AuditEvent) -> Result<(), AuditError> {
        let entry = self.prepare(op, event).await?;
        self.0
            .store
            .write(move |txn| txn.append_audit(&entry))
            .await?;
        Ok(())
    }

    /// Makes the record of an event: canonical JSON, what is personal sealed under each person's own key. To be called
    /// before the transaction; the transaction appends the record.
    ///
    /// # Errors
    /// [`AuditError::UnknownPerson`] when somebody in the event has no key; [`AuditError::Store`] when a key must be
    /// read and cannot be.
    pub async fn prepare(&self, op: &Op, event: &AuditEvent) -> Result<AuditEntry, AuditError> {
        let id = EventId::in_order(op.now, op.entropy.octets());
        let mut body = to_value(&Body {
            v: VERSION,
            actor: (&op.actor).into(),
            request_id: op.request_id.clone(),
            remote_addr: self.remote_addr(op, event),
            event: event.clone(),
        })?;
        let ciphers = self.ciphers(op.now, personal::people(&body)).await?;
        personal::seal(&mut body, id.as_str(), &ciphers, &op.entropy)?;
        Ok(AuditEntry {
            id: id.into(),
            at: op.now.as_millis(),
            kind: kind(&body)?,
            body: canonical::to_text(&body)?,
        })
    }

    /// An address belongs to who acts; before anybody has proved who they are, to the person whom the event is about.
    fn remote_addr(&self, op: &Op, event: &AuditEvent) -> Option<RemoteAddr> {
        let address = op.remote_addr?.to_string();
        let person = match &op.actor {
            Actor::User(id) => Some(id),
            _ => event.person(),
        };
        Some(match person {
            Some(person) => RemoteAddr::Of(Personal::new(person, address)),
            None => RemoteAddr::Code(self.code("remote address", &address)),
        })
    }

    /// The body of a record with every personal value opened whose key still exists.
    pub(super) async fn opened(
        &self,
        now: crate::model::Timestamp,
        entry: &AuditEntry,
    ) -> Result<Value, AuditError> {
        let mut body: Value = serde_json::from_str(&entry.body).map_err(json)?;
        let ciphers = self.ciphers(now, personal::people(&body)).await?;
        personal::open(&mut body, &entry.id, &ciphers)?;
        Ok(body)
    }
}

pub(super) fn to_value<T: Serialize>(value: &T) -> Result<Value, AuditError> {
    serde_json::to_value(value).map_err(json)
}

pub(super) fn json(error: serde_json::Error) -> AuditError {
    AuditError::Json(error.to_string())
}

fn kind(body: &Value) -> Result<String, AuditError> {
    body.pointer("/event/kind")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| AuditError::Json("the event has no kind".into()))
}

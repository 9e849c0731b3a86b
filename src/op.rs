//! `Op`: the context of one operation, read once at the edge and handed down.

use std::net::IpAddr;

use crate::entropy::Entropy;
use crate::model::{RequestId, Timestamp, UserId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody has proved who they are yet.
    Anonymous,
    /// A signed-in person.
    User(UserId),
    /// Somebody with a shell on the host: the command's name.
    Host(&'static str),
    /// A background job: its name.
    Job(&'static str),
}

/// The context of one operation. The time is fixed once, so that one operation never sees two.
#[derive(Debug, Clone)]
pub struct Op {
    /// Who acts.
    pub actor: Actor,
    /// The one time of this operation.
    pub now: Timestamp,
    /// Names the request in log, error page and audit.
    pub request_id: RequestId,
    /// The client's address, by the trusted proxies' word.
    pub remote_addr: Option<IpAddr>,
    /// The source of ids and secrets.
    pub entropy: Entropy,
}

impl Op {
    /// An operation of the host's shell or of a job.
    pub fn internal(actor: Actor, now: Timestamp, entropy: Entropy) -> Self {
        let request_id = RequestId::from_random(entropy.octets());
        Self {
            actor,
            now,
            request_id,
            remote_addr: None,
            entropy,
        }
    }

    /// The same operation once the person is known.
    pub fn as_user(&self, user_id: &UserId) -> Self {
        Self {
            actor: Actor::User(user_id.clone()),
            ..self.clone()
        }
    }
}

//! What the service provider remembers: its requests, each answered once, and the assertions that it has seen.

use std::collections::HashMap;

use super::checks::Refusal;
use super::request::RequestOptions;
use crate::demo::response::Response;
use crate::model::{Span, Timestamp};

/// More requests than this and the oldest is forgotten.
const MAX_REQUESTS: usize = 1_000;
/// A sign-in that takes longer is started again.
const REQUEST_LIFETIME: Span = Span::hours(1);

/// A request that was sent.
#[derive(Debug, Clone)]
pub(super) struct SentRequest {
    pub(super) sent_at: Timestamp,
    pub(super) options: RequestOptions,
    pub(super) state: RequestState,
}

/// Whether a request still waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestState {
    Waiting,
    Answered,
}

/// Requests by id, and the end of each assertion seen by id.
#[derive(Debug, Default)]
pub(super) struct Memory {
    requests: HashMap<String, SentRequest>,
    assertions: HashMap<String, Timestamp>,
}

impl Memory {
    /// The request of this id, if it was sent and is not forgotten.
    pub(super) fn request(&self, id: &str) -> Option<SentRequest> {
        self.requests.get(id).cloned()
    }

    /// Remembers a request that is about to be sent.
    pub(super) fn remember(&mut self, id: String, options: RequestOptions, now: Timestamp) {
        self.requests
            .retain(|_, request| now.since(request.sent_at) < REQUEST_LIFETIME);
        if self.requests.len() >= MAX_REQUESTS {
            let oldest = self
                .requests
                .iter()
                .min_by_key(|(_, request)| request.sent_at)
                .map(|(id, _)| id.clone());
            oldest.and_then(|id| self.requests.remove(&id));
        }
        let request = SentRequest {
            sent_at: now,
            options,
            state: RequestState::Waiting,
        };
        self.requests.insert(id, request);
    }

    /// The last step of a verification: uses up the request and the assertion, or refuses because they were used. Both
    /// under one lock, so that of two copies that arrive together one is refused. A response that was refused before
    /// uses up nothing, so nobody can spoil another's sign-in with it.
    pub(super) fn redeem(&mut self, response: &Response, now: Timestamp) -> Result<(), Refusal> {
        self.assertions.retain(|_, until| *until > now);
        if let Some(assertion) = &response.assertion
            && self.assertions.contains_key(&assertion.id)
        {
            return Err(Refusal::Replayed);
        }
        if let Some(id) = &response.in_response_to {
            match self.requests.get_mut(id) {
                Some(request) if request.state == RequestState::Waiting => {
                    request.state = RequestState::Answered;
                }
                Some(_) => return Err(Refusal::AlreadyAnswered),
                None => return Err(Refusal::UnknownRequest),
            }
        }
        if let Some(assertion) = &response.assertion {
            let until = assertion
                .confirmations
                .iter()
                .filter_map(|confirmation| confirmation.not_on_or_after)
                .max()
                .unwrap_or(now.plus(REQUEST_LIFETIME));
            self.assertions.insert(assertion.id.clone(), until);
        }
        Ok(())
    }
}

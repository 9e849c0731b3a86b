//! The registrations read last, by entity id or client id: single sign-on reads each so often that asking the database first costs more
//! than checking the request.
//!
//! What is remembered may have been changed since, by another node or a command. It is good for one thing: to check a
//! request whose decision then reads the registration anyway; only when that is the same does the check count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::Application;

/// An instance with more active applications than this remembers them anew now and then.
const MOST: usize = 256;

#[derive(Debug, Clone, Default)]
pub(super) struct Remembered(Arc<Mutex<HashMap<String, Arc<Application>>>>);

impl Remembered {
    pub(super) fn find(&self, identifier: &str) -> Option<Arc<Application>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(identifier).cloned()
    }

    pub(super) fn keep(&self, application: &Application) {
        let identifier = application.registration.identifier();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(identifier) {
            known.clear();
        }
        known.insert(identifier.to_owned(), Arc::new(application.clone()));
    }
}

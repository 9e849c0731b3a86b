//! The registrations read last, by entity id: single sign-on reads each so often that asking the database first costs more
//! than checking the request.
//!
//! What is remembered may have been changed since, by another node or a command. It is good for one thing: to check a
//! request whose decision then reads the registration anyway; only when that is the same does the check count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::{Application, EntityId};

/// An instance with more active applications than this remembers them anew now and then.
const MOST: usize = 256;

#[derive(Debug, Clone, Default)]
pub(super) struct Remembered(Arc<Mutex<HashMap<EntityId, Arc<Application>>>>);

impl Remembered {
    pub(super) fn find(&self, entity_id: &EntityId) -> Option<Arc<Application>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(entity_id).cloned()
    }

    pub(super) fn keep(&self, application: &Application) {
        let Some(saml) = application.saml() else {
            return;
        };
        let entity_id = saml.entity_id.clone();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST && !known.contains_key(&entity_id) {
            known.clear();
        }
        known.insert(entity_id, Arc::new(application.clone()));
    }
}

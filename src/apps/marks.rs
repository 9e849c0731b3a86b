//! A person's marks at roles: theirs alone, and nothing that anything is decided by.

use super::{Apps, AppsError};
use crate::model::{AccountId, PermissionSetId, UserId};
use crate::store::role_marks;

impl Apps {
    /// Marks a role for a person, or takes the mark away.
    ///
    /// # Errors
    /// The store's.
    pub async fn mark_role(
        &self,
        user_id: &UserId,
        (account_id, set_id): (&AccountId, &PermissionSetId),
        is_favourite: bool,
    ) -> Result<(), AppsError> {
        let (user_id, role) = (user_id.clone(), (account_id.clone(), set_id.clone()));
        let marked = self
            .store
            .write(move |txn| role_marks::mark(txn, &user_id, (&role.0, &role.1), is_favourite));
        Ok(marked.await?)
    }
}

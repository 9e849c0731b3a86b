//! Who may change whom: asked by every service within the transaction of the change, so that a role that was taken away a
//! moment ago counts.
//!
//! The rules are `policy`'s, pure; this module loads what they are asked about. Whoever has a shell on the host, and our own
//! jobs, may everything: their changes are recorded as theirs.

pub use crate::policy::{Change, ChangeRefusal};

use crate::model::UserId;
use crate::op::Actor;
use crate::policy::{Changer, Subject, decide_change};
use crate::store::{StoreError, Txn, users};

/// Why an actor may not make a change now; none when they may.
///
/// # Errors
/// The store's.
pub fn refusal(
    txn: &mut dyn Txn,
    actor: &Actor,
    change: Change,
    about: Option<&UserId>,
) -> Result<Option<ChangeRefusal>, StoreError> {
    let changer = match actor {
        Actor::Host(_) | Actor::Job(_) => return Ok(None),
        Actor::Anonymous => None,
        Actor::User(id) => users::by_id(txn, id)?.map(|user| Changer {
            id: user.id,
            role: user.admin_role,
            state: user.state,
        }),
    };
    let subject = match about {
        Some(id) => users::by_id(txn, id)?.map(|user| Subject {
            id: user.id,
            role: user.admin_role,
        }),
        None => None,
    };
    Ok(decide_change(changer.as_ref(), change, subject.as_ref()).err())
}

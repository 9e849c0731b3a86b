//! Colleagues who make passes: those whom a policy names for the people under it.

use std::collections::BTreeSet;

use crate::model::{GroupId, User};
use crate::policy::{EffectivePolicy, Policy};
use crate::store::{Store, StoreError, Txn, groups as group_rows, policies};

/// Whether a policy names somebody among those who make passes, for whomever.
///
/// # Errors
/// The store's.
pub async fn makes_passes(store: &Store, user: &User) -> Result<bool, StoreError> {
    let user = user.clone();
    store.read(move |txn| names(txn, &user)).await
}

/// Whether a policy names somebody.
pub(super) fn names(txn: &mut dyn Txn, user: &User) -> Result<bool, StoreError> {
    let own = group_rows::effective_ids(txn, user)?;
    names_any(txn, &own)
}

/// Whether the policies over a person name somebody among those who may make them a pass.
pub(super) fn is_named(
    txn: &mut dyn Txn,
    person: &User,
    colleague: &User,
) -> Result<bool, StoreError> {
    let over = group_rows::effective_ids(txn, person)?;
    let is_over = |scope: &Scope| scope.as_ref().is_none_or(|group| over.contains(group));
    let all = naming(txn)?.into_iter();
    let policies: Vec<Policy> = all.filter(|(s, _)| is_over(s)).map(|(_, p)| p).collect();
    let folded = EffectivePolicy::strictest(&Policy::default(), &policies);
    Ok(folded.lets_make_passes(&group_rows::effective_ids(txn, colleague)?))
}

/// Whether a policy names one of these groups.
pub(super) fn names_any(txn: &mut dyn Txn, groups: &BTreeSet<GroupId>) -> Result<bool, StoreError> {
    let all = naming(txn)?;
    let mut named = all
        .iter()
        .filter_map(|(_, policy)| policy.passes_from.as_ref());
    Ok(named.any(|named| named.iter().any(|group| groups.contains(group))))
}

/// Over which group; none: everybody.
type Scope = Option<GroupId>;

/// Every policy that names colleagues. One that cannot be read is an error and not nothing: it may be the stricter one.
fn naming(txn: &mut dyn Txn) -> Result<Vec<(Scope, Policy)>, StoreError> {
    let mut naming = Vec::new();
    for row in policies::all(txn)? {
        let scope = match row.scope_kind.as_str() {
            "global" => None,
            "group" => Some(group_id(&row.scope_id)?),
            "application" | "permission_set" => continue,
            unknown => {
                let reason = format!("policy {} has the unknown scope {unknown}", row.id);
                return Err(StoreError::Data(reason));
            }
        };
        let policy: Policy = row.says()?;
        if policy.passes_from.is_some() {
            naming.push((scope, policy));
        }
    }
    Ok(naming)
}

fn group_id(text: &str) -> Result<GroupId, StoreError> {
    GroupId::parse(text).map_err(|error| StoreError::Data(error.to_string()))
}

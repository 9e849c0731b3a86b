//! What the console shows of people and groups, each page by one read.

use super::Directory;
use crate::model::{Group, GroupId, GroupRule, User, UserId, fold_key};
use crate::op::Op;
use crate::store::credentials::EnrolledRow;
use crate::store::{StoreError, credentials, groups, sessions, users};

/// What is shown of a person beside themselves.
#[derive(Debug, Clone)]
pub struct ShownPerson {
    /// What they prove themselves with.
    pub enrolled: EnrolledRow,
    /// What they are a member of, by name.
    pub groups: Vec<Group>,
    /// Where they are signed in.
    pub sessions: usize,
}

impl Directory {
    /// What is shown of a person beside themselves.
    ///
    /// # Errors
    /// The store's.
    pub async fn person(&self, op: &Op, id: &UserId) -> Result<ShownPerson, StoreError> {
        let (id, now) = (id.clone(), op.now);
        self.store
            .read(move |txn| {
                Ok(ShownPerson {
                    enrolled: credentials::enrolled(txn, &id)?,
                    groups: groups::groups_of(txn, &id)?,
                    sessions: sessions::list(txn, &id, now)?.len(),
                })
            })
            .await
    }

    /// People in whose name or address a text stands, whatever its case; everybody for an empty one.
    ///
    /// # Errors
    /// The store's.
    pub async fn search_users(
        &self,
        text: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<User>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        if text.is_empty() {
            return self.users_after(after, most).await;
        }
        let (text, after) = (fold_key(text), after.to_owned());
        self.store
            .read(move |txn| users::search(txn, &text, &after, most))
            .await
    }

    /// A group by id.
    ///
    /// # Errors
    /// The store's.
    pub async fn group(&self, id: &GroupId) -> Result<Option<Group>, StoreError> {
        let id = id.clone();
        self.store.read(move |txn| groups::by_id(txn, &id)).await
    }

    /// Who is in a group by hand or by its rule, by user name; not who is in it through another group.
    ///
    /// # Errors
    /// The store's.
    pub async fn members(&self, group: &Group) -> Result<Vec<User>, StoreError> {
        if let Some(rule) = &group.rule {
            return self.who_meets(rule).await;
        }
        let id = group.id.clone();
        self.store
            .read(move |txn| {
                let mut members = Vec::new();
                for member in groups::members_of(txn, &id)? {
                    members.extend(users::by_id(txn, &member)?);
                }
                Ok(members)
            })
            .await
    }

    /// Who would be in a group with this rule, by user name.
    ///
    /// # Errors
    /// The store's.
    pub async fn who_meets(&self, rule: &GroupRule) -> Result<Vec<User>, StoreError> {
        let mut all = self.users().await?;
        all.retain(|user| rule.matches(user));
        Ok(all)
    }

    /// The groups in a group, and those that it is in, each by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn around(&self, id: &GroupId) -> Result<(Vec<Group>, Vec<Group>), StoreError> {
        let id = id.clone();
        self.store
            .read(move |txn| {
                let pairs = groups::nestings(txn)?;
                let all = groups::list(txn)?.into_iter();
                let (mut inner, mut outer) = (Vec::new(), Vec::new());
                for group in all {
                    if pairs.contains(&(id.clone(), group.id.clone())) {
                        inner.push(group);
                    } else if pairs.contains(&(group.id.clone(), id.clone())) {
                        outer.push(group);
                    }
                }
                Ok((inner, outer))
            })
            .await
    }

    /// Every group with the number of its members, by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn groups_with_counts(&self) -> Result<Vec<(Group, usize)>, StoreError> {
        let groups = self.store.read(groups::list_with_counts).await?;
        let count = |members: i64| usize::try_from(members).unwrap_or_default();
        Ok(groups
            .into_iter()
            .map(|(group, members)| (group, count(members)))
            .collect())
    }
}

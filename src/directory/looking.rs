//! What the console shows of people and groups, each page by one read.

use super::{Directory, DirectoryError};
use crate::model::{Group, GroupId, GroupRule, User, UserId, fold_key};
use crate::op::Op;
use crate::store::credentials::EnrolledRow;
use crate::store::{StoreError, credentials, groups, sessions, users};

/// More than so many are not chosen from a list, but by name.
const FEW_GROUPS: usize = 100;
/// So many people are asked whether they meet a rule while a page waits.
const LOOKED_AT: usize = 2_000;

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

/// Who is in a group.
#[derive(Debug, Clone, Default)]
pub struct Members {
    /// By user name, [`Members::MOST`] at most.
    pub people: Vec<User>,
    /// How many there are; none: not everybody was looked at.
    pub count: Option<usize>,
}

impl Members {
    /// So many are named.
    pub const MOST: usize = 200;

    fn of(mut people: Vec<User>, is_everybody: bool) -> Self {
        let count = is_everybody.then_some(people.len());
        people.truncate(Self::MOST);
        Self { people, count }
    }
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

    /// A group by its id or its name, as a form may say either.
    ///
    /// # Errors
    /// [`DirectoryError::NotFound`]; the store's.
    pub async fn group_called(&self, text: &str) -> Result<Group, DirectoryError> {
        if let Ok(id) = GroupId::parse(text)
            && let Some(group) = self.group(&id).await?
        {
            return Ok(group);
        }
        let found = self.group_by_name(text.trim()).await?;
        found.ok_or_else(|| DirectoryError::NotFound {
            what: "group",
            name: text.trim().to_owned(),
        })
    }

    /// Every group by name, where there are few enough to choose from in a list.
    ///
    /// # Errors
    /// The store's.
    pub async fn few_groups(&self) -> Result<Option<Vec<Group>>, StoreError> {
        let most = i64::try_from(FEW_GROUPS).unwrap_or(i64::MAX);
        let some = self
            .store
            .read(move |txn| groups::first(txn, most.saturating_add(1)))
            .await?;
        Ok((some.len() <= FEW_GROUPS).then_some(some))
    }

    /// Who is in a group by hand or by its rule; not who is in it through another group. Of a rule, the first people of the
    /// organisation are asked alone.
    ///
    /// # Errors
    /// The store's.
    pub async fn members(&self, group: &Group) -> Result<Members, StoreError> {
        if let Some(rule) = &group.rule {
            return self.first_who_meet(rule).await;
        }
        let id = group.id.clone();
        self.store
            .read(move |txn| {
                let most = i64::try_from(Members::MOST).unwrap_or(i64::MAX);
                Ok(Members {
                    people: users::members(txn, &id, most)?,
                    count: usize::try_from(groups::count_members(txn, &id)?).ok(),
                })
            })
            .await
    }

    async fn first_who_meet(&self, rule: &GroupRule) -> Result<Members, StoreError> {
        let most = i64::try_from(LOOKED_AT).unwrap_or(i64::MAX);
        let mut people = self.users_after("", most.saturating_add(1)).await?;
        let is_everybody = people.len() <= LOOKED_AT;
        people.retain(|user| rule.matches(user));
        Ok(Members::of(people, is_everybody))
    }

    /// How many groups are in groups.
    ///
    /// # Errors
    /// The store's.
    pub async fn nestings(&self) -> Result<usize, StoreError> {
        let nestings = self.store.read(groups::nestings).await?;
        Ok(nestings.len())
    }

    /// Who would be in a group with this rule: everybody is asked.
    ///
    /// # Errors
    /// The store's.
    pub async fn who_meets(&self, rule: &GroupRule) -> Result<Members, StoreError> {
        let mut all = self.users().await?;
        all.retain(|user| rule.matches(user));
        Ok(Members::of(all, true))
    }

    /// The groups in a group, and those that it is in, each by name.
    ///
    /// # Errors
    /// The store's.
    pub async fn around(&self, id: &GroupId) -> Result<(Vec<Group>, Vec<Group>), StoreError> {
        let id = id.clone();
        self.store
            .read(move |txn| Ok((groups::inner_of(txn, &id)?, groups::outer_of(txn, &id)?)))
            .await
    }

    /// Groups in whose name or description a text stands, whatever its case, with the number of people who were put into
    /// each, by name; every group for an empty text.
    ///
    /// # Errors
    /// The store's.
    pub async fn search_groups(
        &self,
        text: &str,
        after: &str,
        most: usize,
    ) -> Result<Vec<(Group, usize)>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let (text, after) = (fold_key(text), after.to_owned());
        let found = self
            .store
            .read(move |txn| groups::page_with_counts(txn, &text, &after, most))
            .await?;
        let count = |members: i64| usize::try_from(members).unwrap_or_default();
        Ok(found
            .into_iter()
            .map(|(group, members)| (group, count(members)))
            .collect())
    }
}

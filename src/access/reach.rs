//! The questions of administrators and auditors: why can somebody, who can, and when.

use super::Access;
use super::explain::{Explainer, Reason};
use super::present::Question;
use crate::audit::{Audit, AuditError, OrganisationAt, UserSnapshot};
use crate::model::{
    AccountId, AwsAccount, GroupId, PermissionSet, Timestamp, User, UserId, UserState, fold_key,
};
use crate::op::Op;
use crate::store::{StoreError, aws, groups, users};

/// A reason in words, for pages, tables and programs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Answer {
    /// The person's user name; their id where nothing else is left of them.
    pub user: String,
    /// Where they stand: somebody who is suspended can take nothing now.
    pub state: UserState,
    /// Whether their days let them in; nothing where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<OutsideDays>,
    /// The account's number.
    pub account: String,
    /// The account's name.
    pub account_name: String,
    /// The permission set.
    pub permission_set: String,
    /// The groups on the way, from theirs to the one to which it is assigned; empty: to the person.
    pub through: Vec<String>,
    /// Whether they are in the first of them by its rule.
    pub by_rule: bool,
    /// By what the account is found: `label production`, `path /Workloads`; none: it is named.
    pub selector: Option<String>,
}

/// Why somebody's days do not let them in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideDays {
    /// The first one is still to come.
    NotYet,
    /// The last one is over.
    Over,
}

impl OutsideDays {
    fn of(user: &UserSnapshot, at: Timestamp) -> Option<Self> {
        if user.starts_at.is_some_and(|first| at < first) {
            return Some(Self::NotYet);
        }
        user.ends_at.filter(|end| at >= *end).map(|_| Self::Over)
    }

    /// Its word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::Over => "over",
        }
    }
}

/// Who is asked about, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReachQuery {
    /// A user name or mail address.
    pub user: Option<String>,
    /// An account's number or name.
    pub account: Option<String>,
    /// When; none: now.
    pub at: Option<Timestamp>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// Neither a person nor an account.
    #[error("name a person, an account or both")]
    NothingAsked,
    /// There is nothing of that name, then.
    #[error("there is no {what} \"{name}\"")]
    NotFound {
        /// What.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Several accounts have that name.
    #[error("several AWS accounts are called \"{0}\"; name one by its number")]
    Ambiguous(String),
    /// The audit.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Access {
    /// Why a person can take what, who can take what in an account, or both; now, or by the audit at a past time.
    ///
    /// # Errors
    /// [`ReachError`].
    pub async fn reach(
        &self,
        (audit, op): (&Audit, &Op),
        query: &ReachQuery,
    ) -> Result<Vec<Answer>, ReachError> {
        let organisation = match query.at {
            Some(at) => audit.replay(op, at).await?,
            None => self.present(self.question(query).await?).await?,
        };
        let at = query.at.unwrap_or(op.now);
        let explainer = Explainer::new(&organisation);
        let account = match &query.account {
            Some(name) => Some(account_named(&organisation, name)?),
            None => None,
        };
        let found: Vec<(UserId, Reason)> = match (&query.user, &account) {
            (Some(name), account) => {
                let user_id = user_named(&organisation, name)?;
                let reasons = explainer.why(&user_id).into_iter();
                let here = |r: &Reason| account.as_ref().is_none_or(|id| r.account_id == *id);
                reasons.filter(here).map(|r| (user_id.clone(), r)).collect()
            }
            (None, Some(account)) => explainer.who(account),
            (None, None) => return Err(ReachError::NothingAsked),
        };
        let mut answers: Vec<Answer> = found
            .into_iter()
            .map(|(user_id, reason)| answer((&organisation, at), &user_id, reason))
            .collect();
        let key = |a: &Answer| {
            (
                a.account_name.clone(),
                a.permission_set.clone(),
                a.user.clone(),
            )
        };
        answers.sort_by_cached_key(key);
        Ok(answers)
    }

    async fn question(&self, query: &ReachQuery) -> Result<Question, ReachError> {
        let not_found = |what, name: &str| ReachError::NotFound {
            what,
            name: name.to_owned(),
        };
        if let Some(name) = &query.user {
            let key = fold_key(name);
            let found = self
                .store
                .read(move |txn| users::by_login(txn, &key))
                .await?;
            return match found {
                Some(user) => Ok(Question::Person(user.id)),
                None => Err(not_found("user", name)),
            };
        }
        let name = query.account.as_ref().ok_or(ReachError::NothingAsked)?;
        let accounts = self.store.read(aws::accounts).await?;
        let found = accounts
            .into_iter()
            .find(|account| is_called(account, name));
        match found {
            Some(account) => Ok(Question::Account(account.id)),
            None => Err(not_found("AWS account", name)),
        }
    }

    /// What a person's session would carry with a permission set.
    ///
    /// # Errors
    /// The store's.
    pub async fn session_tags(
        &self,
        user: &User,
        set: &PermissionSet,
    ) -> Result<Vec<(String, Option<String>)>, StoreError> {
        let of = user.clone();
        let groups = self
            .store
            .read(move |txn| groups::effective(txn, &of))
            .await?;
        Ok(set.session_tags_of(user, &groups))
    }
}

fn is_called(account: &AwsAccount, name: &str) -> bool {
    account.id.as_str() == name || fold_key(&account.name) == fold_key(name)
}

fn account_named(organisation: &OrganisationAt, name: &str) -> Result<AccountId, ReachError> {
    one_called(organisation.accounts.values(), name)
}

/// The one account of a number or name; several of one name are none.
fn one_called<'a>(
    accounts: impl Iterator<Item = &'a AwsAccount>,
    name: &str,
) -> Result<AccountId, ReachError> {
    let mut found = accounts.filter(|account| is_called(account, name));
    match (found.next(), found.next()) {
        (Some(account), None) => Ok(account.id.clone()),
        (Some(_), Some(_)) => Err(ReachError::Ambiguous(name.to_owned())),
        (None, _) => Err(ReachError::NotFound {
            what: "AWS account",
            name: name.to_owned(),
        }),
    }
}

fn user_named(organisation: &OrganisationAt, name: &str) -> Result<UserId, ReachError> {
    let key = fold_key(name);
    let is_called = |user: &&UserSnapshot| {
        let profile = user.profile.value();
        profile.is_some_and(|profile| {
            fold_key(profile.user_name.as_str()) == key || fold_key(profile.email.as_str()) == key
        })
    };
    let found = organisation.users.values().find(is_called);
    found
        .map(|user| user.id.clone())
        .ok_or_else(|| ReachError::NotFound {
            what: "user",
            name: name.to_owned(),
        })
}

fn answer(
    (organisation, at): (&OrganisationAt, Timestamp),
    user_id: &UserId,
    reason: Reason,
) -> Answer {
    let user = organisation.users.get(user_id);
    let profile = user.and_then(|user| user.profile.value());
    let account = organisation.accounts.get(&reason.account_id);
    let set = organisation.permission_sets.get(&reason.permission_set_id);
    let group = |id: &GroupId| {
        let group = organisation.groups.get(id);
        group.map_or_else(|| id.to_string(), |group| group.name.clone())
    };
    Answer {
        user: profile.map_or_else(|| user_id.to_string(), |p| p.user_name.to_string()),
        state: user.map_or(UserState::Deactivated, |user| user.state),
        days: user.and_then(|user| OutsideDays::of(user, at)),
        account: reason.account_id.to_string(),
        account_name: account
            .map(|account| account.name.clone())
            .unwrap_or_default(),
        permission_set: set.map(|set| set.name.clone()).unwrap_or_default(),
        through: reason.through.iter().map(group).collect(),
        by_rule: reason.by_rule,
        selector: reason.selector.map(|selector| selector.to_string()),
    }
}

impl Answer {
    /// A table for programs (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it.
    pub fn csv(answers: &[Self]) -> String {
        let mut out = String::from(
            "user,state,account,account_name,permission_set,through,by_rule,selector,days\r\n",
        );
        for one in answers {
            let through = one.through.join(" > ");
            let by_rule = if one.by_rule { "yes" } else { "no" };
            let fields = [
                one.user.as_str(),
                one.state.as_str(),
                &one.account,
                &one.account_name,
                &one.permission_set,
                &through,
                by_rule,
                one.selector.as_deref().unwrap_or_default(),
                one.days.map_or("", OutsideDays::as_str),
            ];
            let cells: Vec<String> = fields.iter().map(|field| cell(field)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }
}

fn cell(text: &str) -> String {
    let text = match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text.to_owned(),
    };
    if text.contains([',', ';', '"', '\n', '\r', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

//! Every row against the rules, against the other rows, and against who is there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{ImportError, ImportPlan, ImportProblem, ImportRow, NewGroups, PlannedUser};
use crate::credentials::{ImportedHash, TotpSeed};
use crate::directory::groups::name_of;
use crate::directory::source_identity::candidate;
use crate::directory::users::new_user;
use crate::directory::values::{check_attributes, plain};
use crate::directory::{Directory, DirectoryError, NewUser, Profile};
use crate::model::{
    AdminRole, EmailAddress, Group, GroupId, Secret, User, UserId, UserName, UserState, fold_key,
};
use crate::op::Op;
use crate::store::{configuration, groups as group_rows, users as user_rows};

impl Directory {
    /// Checks an import as a whole. Changes nothing.
    ///
    /// # Errors
    /// [`ImportError::Problems`] with every problem of every row.
    pub async fn plan_import(
        &self,
        op: &Op,
        rows: Vec<ImportRow>,
        new_groups: NewGroups,
    ) -> Result<ImportPlan, ImportError> {
        let (revision, users, groups, identities) = self
            .store
            .read(|txn| {
                Ok((
                    configuration::revision(txn)?,
                    user_rows::list(txn)?,
                    group_rows::list(txn)?,
                    user_rows::used_identifiers(txn, "source_identity")?,
                ))
            })
            .await?;
        let mut checker = Checker {
            op,
            new_groups,
            names: HashMap::new(),
            by_rule: groups
                .iter()
                .filter(|group| group.rule.is_some())
                .map(|group| fold_key(&group.name))
                .collect(),
            groups: by_name(&groups),
            made: Vec::new(),
            identities: identities.into_iter().collect(),
            problems: Vec::new(),
        };
        checker.know(&users);
        let users: Vec<PlannedUser> = rows
            .into_iter()
            .filter_map(|row| checker.row(row))
            .collect();
        if checker.problems.is_empty() {
            return Ok(ImportPlan {
                users,
                new_groups: checker.made,
                revision,
            });
        }
        Err(ImportError::Problems(checker.problems))
    }
}

fn by_name(groups: &[Group]) -> BTreeMap<String, GroupId> {
    let pairs = groups.iter().map(|g| (fold_key(&g.name), g.id.clone()));
    pairs.collect()
}

/// Whose a name is at sign-in.
#[derive(Clone)]
enum Holder {
    /// Somebody who is there, by user name.
    Existing(String),
    /// An earlier row.
    Row(u64),
}

struct Checker<'a> {
    op: &'a Op,
    new_groups: NewGroups,
    /// Folded user names and addresses: at sign-in both are one.
    names: HashMap<String, Holder>,
    groups: BTreeMap<String, GroupId>,
    by_rule: BTreeSet<String>,
    made: Vec<Group>,
    identities: HashSet<String>,
    problems: Vec<ImportProblem>,
}

impl Checker<'_> {
    fn know(&mut self, users: &[User]) {
        for user in users {
            let holder = Holder::Existing(user.user_name.to_string());
            let names = [user.user_name.as_str(), user.email.as_str()];
            for name in names {
                self.names.insert(fold_key(name), holder.clone());
            }
            self.identities.insert(fold_key(&user.source_identity));
        }
    }

    fn problem(&mut self, line: u64, column: &str, reason: impl Into<String>) {
        self.problems.push(ImportProblem {
            line,
            column: column.to_owned(),
            reason: reason.into(),
        });
    }

    /// The reason alone: where it is says the column.
    fn refused(&mut self, line: u64, column: &str, error: DirectoryError) {
        let reason = match error {
            DirectoryError::Invalid { reason, .. } => reason,
            other => other.to_string(),
        };
        self.problem(line, column, reason);
    }

    /// None when the row has a problem; each of them is noted.
    fn row(&mut self, row: ImportRow) -> Option<PlannedUser> {
        let before = self.problems.len();
        let line = row.line;
        self.names(&row);
        for (column, text) in [
            ("display_name", &row.display_name),
            ("given_name", &row.given_name),
            ("family_name", &row.family_name),
        ] {
            if let Err(error) = plain(column, text) {
                self.refused(line, column, error);
            }
        }
        if let Err(error) = check_attributes(&row.attributes) {
            self.refused(line, "attributes", error);
        }
        let state = self.state(&row);
        let groups = self.row_groups(&row);
        let hash = self.secret(line, "password_hash", row.password_hash.as_ref(), |text| {
            ImportedHash::parse(text).map_err(|e| e.to_string())
        });
        let seed = self.secret(line, "totp_secret", row.totp_secret.as_ref(), |text| {
            TotpSeed::parse(text).map_err(|e| e.to_string())
        });
        if self.problems.len() > before {
            return None;
        }
        let user = self.user(row, state)?;
        Some(PlannedUser {
            user,
            groups,
            hash,
            seed,
        })
    }

    fn names(&mut self, row: &ImportRow) {
        let name_problem = UserName::parse(&row.user_name).err();
        let email_problem = EmailAddress::parse(&row.email).err();
        for (column, text, problem) in [
            ("user_name", &row.user_name, name_problem),
            ("email", &row.email, email_problem),
        ] {
            if let Some(problem) = problem {
                self.problem(row.line, column, problem.reason);
                continue;
            }
            let key = fold_key(text);
            match self.names.get(&key).cloned() {
                // A user name that is the same person's address.
                Some(Holder::Row(line)) if line == row.line => {}
                Some(Holder::Row(line)) => {
                    let reason = format!(
                        "\"{text}\" is in row {line} already; names and addresses are unique whatever their case"
                    );
                    self.problem(row.line, column, reason);
                }
                Some(Holder::Existing(name)) => {
                    let reason = format!(
                        "\"{text}\" is there already: the user \"{name}\" signs in with it. Take the row out, or change that user"
                    );
                    self.problem(row.line, column, reason);
                }
                None => {
                    self.names.insert(key, Holder::Row(row.line));
                }
            }
        }
    }

    fn state(&mut self, row: &ImportRow) -> UserState {
        match (row.state.as_str(), UserState::from_word(&row.state)) {
            ("", _) => UserState::Active,
            // Nobody is invited by an import: an invitation has a link.
            (_, Some(state)) if state != UserState::Invited => state,
            _ => {
                let reason = "must be active, suspended, deactivated or empty";
                self.problem(row.line, "state", reason);
                UserState::Deactivated
            }
        }
    }

    fn row_groups(&mut self, row: &ImportRow) -> Vec<GroupId> {
        let mut ids = Vec::with_capacity(row.groups.len());
        let mut seen = BTreeSet::new();
        for name in &row.groups {
            let key = fold_key(name);
            if !seen.insert(key.clone()) {
                continue;
            }
            if self.by_rule.contains(&key) {
                let reason = format!("who is in \"{name}\" follows from its rule: leave it out");
                self.problem(row.line, "groups", reason);
                continue;
            }
            if let Some(id) = self.groups.get(&key) {
                ids.push(id.clone());
                continue;
            }
            match (self.new_groups, name_of(name)) {
                (_, Err(error)) => self.refused(row.line, "groups", error),
                (NewGroups::Refuse, Ok(name)) => {
                    let reason = format!(
                        "there is no group \"{name}\": make it first, or import with --create-groups"
                    );
                    self.problem(row.line, "groups", reason);
                }
                (NewGroups::Make, Ok(name)) => {
                    let id = GroupId::from_random(self.op.entropy.octets());
                    self.made.push(Group {
                        id: id.clone(),
                        name,
                        description: String::new(),
                        rule: None,
                        created_at: self.op.now,
                        revision: 0,
                    });
                    self.groups.insert(key, id.clone());
                    ids.push(id);
                }
            }
        }
        ids
    }

    fn secret<T>(
        &mut self,
        line: u64,
        column: &str,
        secret: Option<&Secret>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let secret = secret?;
        let parsed = match secret.expose_text() {
            Ok(text) => parse(text),
            Err(_) => Err("must be UTF-8".to_owned()),
        };
        match parsed {
            Ok(parsed) => Some(parsed),
            Err(reason) => {
                self.problem(line, column, reason);
                None
            }
        }
    }

    /// The person, with the first SourceIdentity that was never anybody's.
    fn user(&mut self, row: ImportRow, state: UserState) -> Option<User> {
        let line = row.line;
        let new = NewUser {
            user_name: row.user_name,
            state,
            admin_role: AdminRole::None,
            profile: Profile {
                email: row.email,
                display_name: row.display_name,
                given_name: row.given_name,
                family_name: row.family_name,
                attributes: row.attributes,
            },
        };
        let id = UserId::from_random(self.op.entropy.octets());
        let made = new_user(self.op, &id, &new, 0);
        let user = match made {
            Ok(user) => user,
            Err(error) => {
                self.refused(line, "user_name", error);
                return None;
            }
        };
        let source_identity = (0..u32::MAX)
            .map(|attempt| candidate(&user.user_name, attempt))
            .find(|name| self.identities.insert(fold_key(name)))?;
        Some(User {
            source_identity,
            ..user
        })
    }
}

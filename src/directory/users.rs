//! People: made, changed, disabled, deleted.

use std::collections::BTreeMap;

use super::source_identity::candidate;
use super::values::{check_attributes, plain};
use super::{Attempt, Directory, DirectoryError, TRIES};
use crate::audit::{AuditEvent, RevocationReason};
use crate::authority::{Asked, Change, Weight};
use crate::mail;
use crate::model::{
    AdminRole, Duty, EmailAddress, SessionId, Timestamp, User, UserId, UserName, UserState,
    fold_key,
};
use crate::op::Op;
use crate::store::{
    AuditEntry, StoreError, Txn, api_tokens, configuration, one_time_links, recovery_passes,
    sessions, users as rows,
};

/// What a new person is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Signs in with this name.
    pub user_name: String,
    /// Where they stand: invited for whoever sets up their credentials by a link.
    pub state: UserState,
    /// What they may do in Signet.
    pub admin_role: AdminRole,
    /// The rest.
    pub profile: Profile,
}

/// What may change about a person besides the user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The mail address.
    pub email: String,
    /// The whole name.
    pub display_name: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// Further attributes.
    pub attributes: BTreeMap<String, Vec<String>>,
}

impl Directory {
    /// Makes a person. The SourceIdentity that comes of the user name is theirs for ever.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn create_user(&self, op: &Op, new: NewUser) -> Result<User, DirectoryError> {
        let id = UserId::from_random(op.entropy.octets());
        for attempt in 0..u32::MAX {
            let user = new_user(op, &id, &new, attempt)?;
            let person = self.audit.new_person(op, &id)?;
            let created = AuditEvent::UserCreated {
                after: (&user).into(),
            };
            let entry = self.audit.prepare(op, &created).await?;
            let stored = user.clone();
            // Whoever makes somebody with a role gives a role.
            let asked = Asked {
                groups: self.touched(&[], None, &user).await?,
                weight: Some(Weight {
                    everything: user.admin_role.may(Duty::Everything),
                    ..Weight::value(&(&user.user_name, &user.email, &user.attributes))
                }),
                ..Asked::of(match new.admin_role {
                    AdminRole::None => Change::NewPerson,
                    _ => Change::Role,
                })
            };
            let outcome = self.write_as(op, asked, move |txn| {
                if let Some(taken) = taken(txn, &stored)? {
                    return Ok(Attempt::Refused(taken));
                }
                let identity = fold_key(&stored.source_identity);
                if !rows::claim_identifier(txn, "source_identity", &identity, &stored.id)? {
                    return Ok(Attempt::Lost);
                }
                person.insert(txn)?;
                rows::insert(txn, &stored)?;
                configuration::raise_revision(txn)?;
                txn.append_audit(&entry)?;
                Ok(Attempt::Done(()))
            });
            match outcome.await? {
                Attempt::Done(()) => return Ok(user),
                Attempt::Refused(error) => return Err(error),
                Attempt::Lost => self.audit.forget(&id),
            }
        }
        Err(DirectoryError::Conflict)
    }

    /// Changes a person's name and profile; nothing happens when nothing differs.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn update_user(
        &self,
        op: &Op,
        id: &UserId,
        user_name: &str,
        profile: &Profile,
    ) -> Result<User, DirectoryError> {
        let event = |before: &User, after: &User| AuditEvent::UserUpdated {
            before: before.into(),
            after: after.into(),
        };
        let change = |before: &User| with_profile(before.clone(), user_name, profile);
        self.change(op, id, (Some(Change::Profile), change), event)
            .await
    }

    /// Lets a person sign in or not. The sessions and links of somebody who may not any more end in the same transaction.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn set_user_state(
        &self,
        op: &Op,
        id: &UserId,
        state: UserState,
    ) -> Result<User, DirectoryError> {
        let event = |before: &User, after: &User| {
            let (before, after) = (before.into(), after.into());
            match state {
                UserState::Invited | UserState::Active => AuditEvent::UserEnabled { before, after },
                UserState::Suspended => AuditEvent::UserSuspended { before, after },
                UserState::Deactivated => AuditEvent::UserDisabled { before, after },
            }
        };
        let change = |before: &User| {
            Ok(User {
                state,
                ..before.clone()
            })
        };
        self.change(op, id, (Some(Change::State), change), event)
            .await
    }

    /// A person has another mail address, by their own word and that of both addresses.
    pub(super) async fn set_own_email(
        &self,
        op: &Op,
        id: &UserId,
        email: &EmailAddress,
    ) -> Result<User, DirectoryError> {
        let event = |before: &User, after: &User| AuditEvent::UserUpdated {
            before: before.into(),
            after: after.into(),
        };
        let change = |before: &User| Ok(with_email(before, email));
        self.change(op, id, (None, change), event).await
    }

    /// An invited person is there.
    pub(super) async fn activate_invited(
        &self,
        op: &Op,
        id: &UserId,
    ) -> Result<User, DirectoryError> {
        let event = |before: &User, after: &User| AuditEvent::UserActivated {
            before: before.into(),
            after: after.into(),
        };
        let change = |before: &User| {
            let state = match before.state {
                UserState::Invited => UserState::Active,
                other => other,
            };
            Ok(User {
                state,
                ..before.clone()
            })
        };
        self.change(op, id, (None, change), event).await
    }

    /// Changes what a person may do in Signet.
    ///
    /// # Errors
    /// [`DirectoryError`]; nothing was changed.
    pub async fn set_admin_role(
        &self,
        op: &Op,
        id: &UserId,
        admin_role: AdminRole,
    ) -> Result<User, DirectoryError> {
        let event = |before: &User, after: &User| AuditEvent::UserRoleChanged {
            before: before.into(),
            after: after.into(),
        };
        let change = |before: &User| {
            Ok(User {
                admin_role,
                ..before.clone()
            })
        };
        self.change(op, id, (Some(Change::Role), change), event)
            .await
    }

    pub(super) async fn change(
        &self,
        op: &Op,
        id: &UserId,
        (kind, change): (
            Option<Change>,
            impl Fn(&User) -> Result<User, DirectoryError>,
        ),
        event: impl Fn(&User, &User) -> AuditEvent,
    ) -> Result<User, DirectoryError> {
        for _ in 0..TRIES {
            let before = self.existing(id).await?;
            let changed = change(&before)?;
            if changed == before {
                // Whoever may not is told so, even where there is nothing to do.
                if let Some(kind) = kind {
                    let asked = Asked::about(kind, id);
                    self.write_as(op, asked, |_| Ok(())).await?;
                }
                return Ok(before);
            }
            let after = User {
                revision: before.revision.saturating_add(1),
                ..changed
            };
            let entry = self.audit.prepare(op, &event(&before, &after)).await?;
            let ended = if after.state.may_sign_in() {
                Vec::new()
            } else {
                self.session_ends(op, id).await?
            };
            let touched = self.touched(&[], Some(&before), &after).await?;
            let before_change = before.clone();
            let (stored, now) = (after.clone(), op.now);
            let work = move |txn: &mut dyn Txn| {
                if let Some(taken) = taken(txn, &stored)? {
                    return Ok(Attempt::Refused(taken));
                }
                if is_last_administrator(txn, &before, Some(&stored))? {
                    let name = before.user_name.to_string();
                    return Ok(Attempt::Refused(DirectoryError::LastAdministrator(name)));
                }
                if !rows::update(txn, &stored)? {
                    return Ok(Attempt::Lost);
                }
                if before.state == UserState::Invited && stored.state != UserState::Invited {
                    // They are there, or will not come: no invitation works any more.
                    one_time_links::void(txn, &stored.id, now)?;
                    mail::withdraw_links(txn, &stored.id)?;
                }
                if before.admin_role != stored.admin_role {
                    recovery_passes::void(txn, &stored.id)?;
                }
                if !stored.state.may_sign_in() {
                    end_sessions(txn, &stored.id, &ended, now)?;
                }
                configuration::raise_revision(txn)?;
                txn.append_audit(&entry)?;
                Ok(Attempt::Done(()))
            };
            let outcome = match kind {
                Some(kind) => {
                    let asked = Asked {
                        groups: touched,
                        weight: weight(kind, &before_change, &after),
                        ..Asked::about(kind, id)
                    };
                    self.write_as(op, asked, work).await?
                }
                // What comes of itself, such as the first sign-in.
                None => self.store.write(work).await?,
            };
            match outcome {
                Attempt::Done(()) => return Ok(after),
                Attempt::Refused(error) => return Err(error),
                Attempt::Lost => {}
            }
        }
        Err(DirectoryError::Conflict)
    }

    pub(super) async fn existing(&self, id: &UserId) -> Result<User, DirectoryError> {
        let found = self.user(id).await?;
        found.ok_or_else(|| DirectoryError::NotFound {
            what: "user",
            name: id.to_string(),
        })
    }

    /// The records of the ends of a person's live sessions.
    pub(super) async fn session_ends(
        &self,
        op: &Op,
        id: &UserId,
    ) -> Result<Vec<(SessionId, AuditEntry)>, DirectoryError> {
        let (user_id, now) = (id.clone(), op.now);
        let live = self
            .store
            .read(move |txn| sessions::list(txn, &user_id, now))
            .await?;
        let mut ends = Vec::with_capacity(live.len());
        for session in live {
            let revoked = AuditEvent::SessionRevoked {
                user_id: id.clone(),
                session_id: session.id.clone(),
                reason: RevocationReason::UserState,
            };
            ends.push((session.id, self.audit.prepare(op, &revoked).await?));
        }
        Ok(ends)
    }
}

/// The same person under another mail address.
pub(super) fn with_email(user: &User, email: &EmailAddress) -> User {
    User {
        email: email.clone(),
        ..user.clone()
    }
}

/// What a change of a person adds: a role, a way in, an address to which links go.
fn weight(kind: Change, before: &User, after: &User) -> Option<Weight> {
    match kind {
        Change::Role => Some(Weight {
            // Another administrator could agree to everything.
            everything: after.admin_role.may(Duty::Everything),
            ..Weight::of(after.admin_role.as_str())
        }),
        Change::State if after.state.may_sign_in() => Some(Weight::value(&(
            after.state,
            after.starts_at,
            after.ends_at,
        ))),
        Change::Profile => Some(Weight {
            // Links go to the address.
            everything: before.email != after.email && before.admin_role.may(Duty::Everything),
            ..Weight::value(&(
                (&after.user_name, &after.email, &after.attributes),
                (&after.display_name, &after.given_name, &after.family_name),
            ))
        }),
        _ => None,
    }
}

/// Ends every session and link. A session that began since the reading ends as well; its record is the person's.
pub(super) fn end_sessions(
    txn: &mut dyn Txn,
    id: &UserId,
    ends: &[(SessionId, AuditEntry)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let ended = sessions::revoke_all(txn, id, now)?;
    for (_, entry) in ends.iter().filter(|(session, _)| ended.contains(session)) {
        txn.append_audit(entry)?;
    }
    one_time_links::void(txn, id, now)?;
    mail::withdraw_links(txn, id)?;
    api_tokens::revoke_all(txn, id, now)?;
    rows::end_proofs(txn, id, now)
}

/// Whether a change takes the last one away who could undo it.
pub(super) fn is_last_administrator(
    txn: &mut dyn Txn,
    before: &User,
    after: Option<&User>,
) -> Result<bool, StoreError> {
    let administers = |user: &User| {
        user.admin_role == AdminRole::Administrator && user.state == UserState::Active
    };
    if !administers(before) || after.is_some_and(administers) {
        return Ok(false);
    }
    Ok(rows::other_administrators(txn, &before.id)? == 0)
}

/// A user name and a mail address are both taken at sign-in: none may be another person's, in either place.
pub(super) fn taken(txn: &mut dyn Txn, user: &User) -> Result<Option<DirectoryError>, StoreError> {
    let name = fold_key(user.user_name.as_str());
    let email = fold_key(user.email.as_str());
    let Some(other) = rows::other_with_name(txn, &user.id, (&name, &email))? else {
        return Ok(None);
    };
    let others = [
        fold_key(other.user_name.as_str()),
        fold_key(other.email.as_str()),
    ];
    let (field, value) = if others.contains(&name) {
        ("user_name", user.user_name.to_string())
    } else {
        ("email", user.email.to_string())
    };
    Ok(Some(DirectoryError::Taken { field, value }))
}

pub(super) fn new_user(
    op: &Op,
    id: &UserId,
    new: &NewUser,
    attempt: u32,
) -> Result<User, DirectoryError> {
    let user_name =
        UserName::parse(&new.user_name).map_err(DirectoryError::invalid("user_name"))?;
    let blank = User {
        id: id.clone(),
        email: EmailAddress::parse(&new.profile.email).map_err(DirectoryError::invalid("email"))?,
        display_name: String::new(),
        given_name: String::new(),
        family_name: String::new(),
        state: new.state,
        admin_role: new.admin_role,
        source_identity: candidate(&user_name, attempt),
        user_name,
        attributes: BTreeMap::new(),
        starts_at: None,
        ends_at: None,
        created_at: op.now,
        revision: 0,
    };
    with_profile(blank, &new.user_name, &new.profile)
}

fn with_profile(user: User, user_name: &str, profile: &Profile) -> Result<User, DirectoryError> {
    check_attributes(&profile.attributes)?;
    let display_name = plain("display_name", &profile.display_name)?;
    Ok(User {
        user_name: UserName::parse(user_name).map_err(DirectoryError::invalid("user_name"))?,
        email: EmailAddress::parse(&profile.email).map_err(DirectoryError::invalid("email"))?,
        display_name: if display_name.is_empty() {
            user_name.to_owned()
        } else {
            display_name
        },
        given_name: plain("given_name", &profile.given_name)?,
        family_name: plain("family_name", &profile.family_name)?,
        attributes: profile.attributes.clone(),
        ..user
    })
}

/// Whether somebody could have this name and profile, by themselves: whether others have them is not looked at.
///
/// # Errors
/// [`DirectoryError::Invalid`].
pub fn check_profile(op: &Op, user_name: &str, profile: &Profile) -> Result<(), DirectoryError> {
    let new = NewUser {
        user_name: user_name.to_owned(),
        state: UserState::Active,
        admin_role: AdminRole::None,
        profile: profile.clone(),
    };
    new_user(op, &UserId::from_random([0; 16]), &new, 0).map(drop)
}

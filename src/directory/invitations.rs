//! Invitations: people who are made with a link instead of credentials.
//!
//! Each is one transaction: the person, their memberships, the link and the mail stand or fall together, and what becomes
//! of one address does not touch the others.

use super::users::{new_user, taken};
use super::{Attempt, Directory, DirectoryError, NewUser, Profile};
use crate::audit::{AuditEvent, LinkPurpose, NewPerson};
use crate::authority::Change;
use crate::credentials::{Credentials, PreparedLink};
use crate::mail::{Outbox, QueuedMail};
use crate::model::{
    AdminRole, EmailAddress, GroupId, MailMessage, Span, Timestamp, User, UserId, UserState,
    fold_key,
};
use crate::op::{Actor, Op};
use crate::store::{
    AuditEntry, StoreError, Txn, configuration, groups as group_rows, users as rows,
};

/// Addresses in one go.
pub const MOST_INVITED: usize = 500;

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct Invitations {
    /// As people paste them: addresses apart by commas, semicolons, spaces or lines, `Name <address>` among them.
    pub addresses: String,
    /// What they become members of.
    pub groups: Vec<GroupId>,
    /// How long the links work.
    pub lifetime: Span,
    /// What a link begins with; its token follows.
    pub links_at: String,
    /// How the links travel.
    pub travel: Travel,
}

/// How a link reaches its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Travel {
    /// By mail, where there is a mail server.
    ByMail,
    /// By whoever invites.
    ByHand,
}

/// What became of one address.
#[derive(Debug)]
pub struct Invited {
    /// As it was given.
    pub address: String,
    /// What became of it.
    pub outcome: InvitationOutcome,
}

/// What became of an invitation.
#[derive(Debug)]
pub enum InvitationOutcome {
    /// There is a link now, and no other one of that person works.
    Sent {
        /// Who.
        user: Box<User>,
        /// The link, when it does not travel by mail.
        link: Option<String>,
    },
    /// The person is there already, and needs no invitation.
    IsThere(UserState),
    /// Not invited, and why.
    Refused(DirectoryError),
}

/// Everything about one new person that the transaction writes.
struct Prepared {
    user: User,
    person: Option<NewPerson>,
    created: Option<AuditEntry>,
    memberships: Vec<(GroupId, AuditEntry)>,
    link: PreparedLink,
    mail: Option<QueuedMail>,
}

impl Directory {
    /// Invites each address: makes the person where there is none, and a link in place of every earlier one.
    ///
    /// # Errors
    /// [`DirectoryError::Invalid`] when nothing can be read from the addresses, or too many; the store's. What concerns one
    /// address stands in its outcome.
    pub async fn invite(
        &self,
        op: &Op,
        (credentials, outbox): (&Credentials, &Outbox),
        invitations: &Invitations,
    ) -> Result<Vec<Invited>, DirectoryError> {
        let addresses = addresses(&invitations.addresses)?;
        let invited_by = match &op.actor {
            Actor::User(id) => self.user(id).await?.map(|user| user.display_name),
            Actor::Anonymous | Actor::Host(_) | Actor::Job(_) => None,
        };
        let mut results = Vec::with_capacity(addresses.len());
        for (address, name) in addresses {
            let services = (credentials, outbox);
            let person = (address.as_str(), name.as_str());
            let outcome = self.invite_one(op, services, invitations, person, invited_by.as_deref());
            let outcome = match outcome.await {
                Ok(outcome) => outcome,
                Err(error @ (DirectoryError::Invalid { .. } | DirectoryError::Taken { .. })) => {
                    InvitationOutcome::Refused(error)
                }
                Err(error) => return Err(error),
            };
            results.push(Invited { address, outcome });
        }
        Ok(results)
    }

    async fn invite_one(
        &self,
        op: &Op,
        (credentials, outbox): (&Credentials, &Outbox),
        invitations: &Invitations,
        (address, name): (&str, &str),
        invited_by: Option<&str>,
    ) -> Result<InvitationOutcome, DirectoryError> {
        EmailAddress::parse(address).map_err(DirectoryError::invalid("address"))?;
        for attempt in 0..u32::MAX {
            let there = self.user_by_name(address).await?;
            if let Some(user) = &there
                && user.state != UserState::Invited
            {
                return Ok(InvitationOutcome::IsThere(user.state));
            }
            let (user, is_new) = match &there {
                Some(user) => (user.clone(), false),
                None => (invited_user(op, address, name, attempt)?, true),
            };
            let link = credentials
                .prepare_link(op, &user.id, LinkPurpose::Setup, invitations.lifetime)
                .await
                .map_err(DirectoryError::credentials)?;
            let url = format!("{}{}", invitations.links_at, link.token);
            let mail = match invitations.travel {
                Travel::ByHand => None,
                Travel::ByMail => {
                    let message = MailMessage::Invitation {
                        link: url.clone(),
                        expires_at: link.expires_at,
                        invited_by: invited_by.map(str::to_owned),
                    };
                    outbox
                        .prepare(op, &user.id, &message, link.expires_at)
                        .map_err(DirectoryError::mail)?
                }
            };
            let by_hand = mail.is_none().then_some(url);
            let prepared = self
                .prepare_invited(op, invitations, (user, is_new), link, mail)
                .await?;
            let (user, now) = (prepared.user.clone(), op.now);
            let change = (Change::NewPerson, (!is_new).then_some(&user.id));
            let outcome = self.write_as(op, change, move |txn| prepared.write(txn, now));
            match outcome.await? {
                Attempt::Done(()) => {
                    return Ok(InvitationOutcome::Sent {
                        user: Box::new(user),
                        link: by_hand,
                    });
                }
                Attempt::Refused(error) => {
                    if is_new {
                        self.audit.forget(&user.id);
                    }
                    return Err(error);
                }
                Attempt::Lost if is_new => self.audit.forget(&user.id),
                Attempt::Lost => {}
            }
        }
        Err(DirectoryError::Conflict)
    }

    async fn prepare_invited(
        &self,
        op: &Op,
        invitations: &Invitations,
        (user, is_new): (User, bool),
        link: PreparedLink,
        mail: Option<QueuedMail>,
    ) -> Result<Prepared, DirectoryError> {
        let (mut person, mut created) = (None, None);
        if is_new {
            person = Some(self.audit.new_person(op, &user.id)?);
            let event = AuditEvent::UserCreated {
                after: (&user).into(),
            };
            created = Some(self.audit.prepare(op, &event).await?);
        }
        let mut memberships = Vec::with_capacity(invitations.groups.len());
        for group_id in &invitations.groups {
            let added = AuditEvent::MembershipAdded {
                group_id: group_id.clone(),
                user_id: user.id.clone(),
            };
            memberships.push((group_id.clone(), self.audit.prepare(op, &added).await?));
        }
        Ok(Prepared {
            user,
            person,
            created,
            memberships,
            link,
            mail,
        })
    }

    /// The first sign-in of somebody who was invited makes them active. Does nothing to anybody else.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub async fn accept_invitation(&self, op: &Op, id: &UserId) -> Result<(), DirectoryError> {
        self.activate_invited(op, id).await.map(drop)
    }
}

impl Prepared {
    fn write(&self, txn: &mut dyn Txn, now: Timestamp) -> Result<Attempt<()>, StoreError> {
        let user = &self.user;
        if let (Some(person), Some(created)) = (&self.person, &self.created) {
            if let Some(taken) = taken(txn, user)? {
                return Ok(Attempt::Refused(taken));
            }
            let identity = fold_key(&user.source_identity);
            if !rows::claim_identifier(txn, "source_identity", &identity, &user.id)? {
                return Ok(Attempt::Lost);
            }
            person.insert(txn)?;
            rows::insert(txn, user)?;
            txn.append_audit(created)?;
        } else if rows::by_id(txn, &user.id)?.is_none_or(|now| now.state != UserState::Invited) {
            // They came, or went, meanwhile.
            return Ok(Attempt::Lost);
        }
        for (group_id, added) in &self.memberships {
            if group_rows::add_member(txn, group_id, &user.id, now)? {
                txn.append_audit(added)?;
            }
        }
        self.link.insert(txn)?;
        if let Some(mail) = &self.mail {
            mail.insert(txn)?;
        }
        configuration::raise_revision(txn)?;
        Ok(Attempt::Done(()))
    }
}

fn invited_user(op: &Op, address: &str, name: &str, attempt: u32) -> Result<User, DirectoryError> {
    let new = NewUser {
        user_name: address.to_owned(),
        state: UserState::Invited,
        admin_role: AdminRole::None,
        profile: Profile {
            email: address.to_owned(),
            display_name: name.to_owned(),
            given_name: String::new(),
            family_name: String::new(),
            attributes: std::collections::BTreeMap::new(),
        },
    };
    let id = UserId::from_random(op.entropy.octets());
    new_user(op, &id, &new, attempt)
}

/// Addresses with the names beside them, each once, in their order.
fn addresses(pasted: &str) -> Result<Vec<(String, String)>, DirectoryError> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in pasted.split(['\n', '\r', ',', ';']) {
        let (name, rest) = match line.split_once('<') {
            Some((name, rest)) => (name.trim().trim_matches('"'), rest),
            None => ("", line),
        };
        for address in rest.split(|c: char| c.is_whitespace() || c == '>') {
            let is_known = |(other, _): &(String, String)| fold_key(other) == fold_key(address);
            if !address.is_empty() && !found.iter().any(is_known) {
                found.push((address.to_owned(), name.to_owned()));
            }
        }
    }
    let wrong = |reason: String| DirectoryError::Invalid {
        field: "addresses",
        reason,
    };
    if found.is_empty() {
        return Err(wrong("write at least one mail address".to_owned()));
    }
    if found.len() > MOST_INVITED {
        let reason = format!("{} at once; at most {MOST_INVITED}", found.len());
        return Err(wrong(reason));
    }
    Ok(found)
}

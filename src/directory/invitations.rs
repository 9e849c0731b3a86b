//! Invitations: people who are made with a link instead of credentials.
//!
//! Each is one transaction: the person, their memberships, the link and the mail stand or fall together, and what becomes
//! of one address does not touch the others.

use std::collections::HashSet;

use super::grouping::by_rule;
use super::users::{new_user, taken};
use super::{Attempt, Directory, DirectoryError, NewUser, Profile};
use crate::audit::{AuditEvent, LinkPurpose, NewPerson};
use crate::authority::{Asked, Change, Weight};
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
/// Groups in one go.
const MOST_GROUPS: usize = 20;

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
        if invitations.groups.len() > MOST_GROUPS {
            return Err(DirectoryError::Invalid {
                field: "groups",
                reason: format!("at most {MOST_GROUPS}"),
            });
        }
        // Whoever may invite nobody is told so before anything is made ready.
        self.write_as(op, Asked::of(Change::NewPerson), |_| Ok(()))
            .await?;
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
                Err(error) if error.is_ours() => return Err(error),
                // What is wrong with one does not touch the others: links that were made are told.
                Err(error) => InvitationOutcome::Refused(error),
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
            let asked = Asked {
                // Whoever sees the link could use it in the person's place.
                change: match by_hand {
                    Some(_) => Change::ShownLink,
                    None => Change::NewPerson,
                },
                person: (!is_new).then(|| user.id.clone()),
                groups: self.touched(&invitations.groups, None, &user).await?,
                weight: Some(Weight::of(user.email.to_string())),
            };
            let outcome = self.write_as(op, asked, move |txn| prepared.write(txn, now));
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
        // Before anything is written: what is refused is kept as it is.
        for (group_id, _) in &self.memberships {
            match group_rows::by_id(txn, group_id)? {
                Some(group) if group.rule.is_some() => return Ok(Attempt::Refused(by_rule())),
                Some(_) => {}
                None => {
                    return Ok(Attempt::Refused(DirectoryError::NotFound {
                        what: "group",
                        name: group_id.to_string(),
                    }));
                }
            }
        }
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

/// Addresses with the names beside them, each once, in their order. Commas and semicolons inside quotation marks or before
/// an address in angle brackets belong to the name (`"Decker, Dora" <dora@example.com>`, `Decker, Dora <dora@..>`).
fn addresses(pasted: &str) -> Result<Vec<(String, String)>, DirectoryError> {
    let wrong = |reason: String| DirectoryError::Invalid {
        field: "addresses",
        reason,
    };
    let mut found: Vec<(String, String)> = Vec::new();
    let mut seen = HashSet::new();
    for line in pasted.split(['\n', '\r', ';']) {
        for (address, name) in of_line(line) {
            if seen.insert(fold_key(&address)) {
                found.push((address, name));
            }
            if found.len() > MOST_INVITED {
                return Err(wrong(format!("at most {MOST_INVITED} at once")));
            }
        }
    }
    if found.is_empty() {
        return Err(wrong("write at least one mail address".to_owned()));
    }
    Ok(found)
}

/// Each address in angle brackets takes what stands before it as its name; what is left is addresses by themselves.
fn of_line(line: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('<') {
        let (address, after) = behind.split_once('>').unwrap_or((behind, ""));
        // Plain addresses may stand before the name, apart from it by commas: they have an @ and no blank.
        let mut name = before.trim_start_matches([',', ' ', '\t']);
        while let Some((first, others)) = name.split_once(',') {
            let first = first.trim();
            if !first.contains('@') || first.contains(char::is_whitespace) {
                break;
            }
            found.push((first.to_owned(), String::new()));
            name = others;
        }
        let name = name.trim().trim_matches('"').trim().to_owned();
        found.push((address.trim().to_owned(), name));
        rest = after;
    }
    for part in rest
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        // Blanks part addresses; what is none stays whole, and is told as a whole.
        if part.split_whitespace().all(|piece| piece.contains('@')) {
            let pieces = part.split_whitespace();
            found.extend(pieces.map(|piece| (piece.to_owned(), String::new())));
        } else {
            found.push((part.to_owned(), String::new()));
        }
    }
    found
}

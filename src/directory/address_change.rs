//! A person changes their own mail address: each of the two addresses must say yes, so that neither a borrowed browser nor a
//! mistyped address takes the account away.

use super::users::with_email;
use super::{Directory, DirectoryError};
use crate::audit::{AuditEvent, Personal};
use crate::authority::ChangeRefusal;
use crate::mail::Outbox;
use crate::model::{
    CredentialChange, EmailAddress, MailMessage, SecretHash, Span, Timestamp, User,
};
use crate::op::Op;
use crate::store::address_changes::{self as rows, AddressChange};
use crate::store::{StoreError, Txn, users};

const LIFETIME: Span = Span::hours(24);

/// What became of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The other address has not said yes yet.
    Half,
    /// The address is changed.
    Whole,
    /// The link does not work (any more).
    Unknown,
}

impl Directory {
    /// Begins a change: a link goes to each address.
    ///
    /// # Errors
    /// [`DirectoryError::Invalid`], [`DirectoryError::Taken`]; where a right hangs on the address by a group's rule,
    /// [`DirectoryError::NotAllowed`].
    pub async fn begin_address_change(
        &self,
        op: &Op,
        outbox: &Outbox,
        (user, email): (&User, &str),
        links_at: &str,
    ) -> Result<(), DirectoryError> {
        let email = EmailAddress::parse(email.trim()).map_err(DirectoryError::invalid("email"))?;
        if email == user.email {
            return Ok(());
        }
        self.may_have(user, &email).await?;
        let (former, new) = (op.entropy.token(), op.entropy.token());
        let expires_at = op.now.plus(LIFETIME);
        let mut mails = Vec::new();
        for (token, to) in [(&former, &user.email), (&new, &email)] {
            let message = MailMessage::ConfirmAddress {
                link: format!("{links_at}{token}"),
                expires_at,
                new_address: email.to_string(),
                to: to.to_string(),
            };
            let mail = outbox
                .prepare(op, &user.id, &message, expires_at)
                .map_err(DirectoryError::mail)?;
            mails.extend(mail);
        }
        if mails.len() < 2 {
            return Err(DirectoryError::MailOff);
        }
        let event = AuditEvent::AddressChangeBegun {
            user_id: user.id.clone(),
            email: Personal::new(&user.id, email.to_string()),
        };
        let entry = self.audit.prepare(op, &event).await?;
        let hashes = (SecretHash::of(&former), SecretHash::of(&new));
        let (whose, times) = (user.clone(), (op.now, expires_at));
        let begun = self.store.write(move |txn| {
            rows::put(txn, (&whose, &email), (&hashes.0, &hashes.1), times)?;
            for mail in &mails {
                mail.insert(txn)?;
            }
            txn.append_audit(&entry)
        });
        Ok(begun.await?)
    }

    /// The new address that a link is good for, while it works. Uses nothing up.
    ///
    /// # Errors
    /// The store's.
    pub async fn peek_address_change(
        &self,
        op: &Op,
        token: &str,
    ) -> Result<Option<EmailAddress>, DirectoryError> {
        let (hash, now) = (SecretHash::of(token), op.now);
        let found = self.store.read(move |txn| rows::peek(txn, &hash, now));
        Ok(found.await?.map(|change| change.email))
    }

    /// One of the two addresses says yes; with the second the address is changed.
    ///
    /// # Errors
    /// As [`Directory::begin_address_change`]: what was free then may be taken now.
    pub async fn confirm_address_change(
        &self,
        op: &Op,
        outbox: &Outbox,
        token: &str,
    ) -> Result<Confirmed, DirectoryError> {
        let (hash, now) = (SecretHash::of(token), op.now);
        let confirmed = self.store.write(move |txn| {
            let Some(change) = rows::confirm(txn, &hash, now)? else {
                return Ok(None);
            };
            let user = still_meant(txn, &change, now)?;
            if user.is_none() {
                rows::delete(txn, &change.user_id)?;
            }
            Ok(user.map(|user| (change, user)))
        });
        let Some((change, user)) = confirmed.await? else {
            return Ok(Confirmed::Unknown);
        };
        if !change.is_let_go || !change.is_reached {
            return Ok(Confirmed::Half);
        }
        self.may_have(&user, &change.email).await?;
        let op = op.as_user(&user.id);
        self.set_own_email(&op, &user.id, &change.email).await?;
        let notice = outbox
            .notice(&op, &user.id, CredentialChange::AddressChanged)
            .map_err(DirectoryError::mail)?;
        let user_id = user.id.clone();
        let ended = self.store.write(move |txn| {
            rows::delete(txn, &user_id)?;
            notice.as_ref().map_or(Ok(()), |notice| notice.insert(txn))
        });
        ended.await?;
        Ok(Confirmed::Whole)
    }

    /// Nobody lifts themselves into a group by what they call their address.
    async fn may_have(&self, user: &User, email: &EmailAddress) -> Result<(), DirectoryError> {
        let after = with_email(user, email);
        if self.touched(&[], Some(user), &after).await?.is_empty() {
            return Ok(());
        }
        Err(DirectoryError::NotAllowed(ChangeRefusal::CarriesRights))
    }
}

/// The person, where all is as it was when the change began: what an administrator did since, or a new password, a lost factor or
/// a suspension, ends it.
fn still_meant(
    txn: &mut dyn Txn,
    change: &AddressChange,
    now: Timestamp,
) -> Result<Option<User>, StoreError> {
    let from = users::proofs_from(txn, &change.user_id)?;
    let is_proved = from.is_some_and(|from| change.begun_at >= from.all.max(from.second));
    let user = users::by_id(txn, &change.user_id)?;
    Ok(user.filter(|user| is_proved && user.may_sign_in(now) && user.email == change.former_email))
}

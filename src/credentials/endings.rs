//! The end of what a person proved themselves with, and of what they signed in to with it.

use super::{CredentialError, Credentials};
use crate::audit::{AuditEvent, RevocationReason};
use crate::model::{BrowserSession, DeviceId, DeviceKind, SessionId, UserId};
use crate::op::Op;
use crate::store::{
    AuditEntry, StoreError, Txn, credentials as rows, failure_counters, passkeys, sessions, users,
};

/// The records and mails of the end of a person's second factors, made outside the transaction.
pub(super) struct Ending {
    user_id: UserId,
    devices: Vec<(DeviceId, AuditEntry)>,
    codes: AuditEntry,
    sessions: Vec<(SessionId, AuditEntry)>,
}

impl Ending {
    /// Ends the second factors and the sessions; whether there were any factors.
    pub(super) fn run(&self, txn: &mut dyn Txn, op: &Op) -> Result<bool, StoreError> {
        let had_codes = rows::enrolled(txn, &self.user_id)?.recovery_codes_left > 0;
        let mut gone = rows::remove_second_factors(txn, &self.user_id)?;
        gone.extend(passkeys::remove_all(txn, &self.user_id)?);
        for id in &gone {
            // One that was confirmed since the read has no record yet: read again.
            let entry = self.devices.iter().find(|(known, _)| known == id);
            let (_, entry) = entry.ok_or(StoreError::Changed)?;
            txn.append_audit(entry)?;
        }
        if had_codes {
            txn.append_audit(&self.codes)?;
        }
        let ended = sessions::revoke_all(txn, &self.user_id, op.now)?;
        for (_, entry) in self.sessions.iter().filter(|(id, _)| ended.contains(id)) {
            txn.append_audit(entry)?;
        }
        failure_counters::clear_all(txn, "totp", &self.user_id)?;
        users::end_second_factors(txn, &self.user_id, op.now)?;
        Ok(had_codes || !gone.is_empty())
    }
}

impl Credentials {
    /// Everything that ends, as it is now.
    pub(super) async fn prepare_ending(
        &self,
        op: &Op,
        user_id: &UserId,
    ) -> Result<Ending, CredentialError> {
        let (id, now) = (user_id.clone(), op.now);
        let read = self.store.read(move |txn| {
            let devices = passkeys::devices(txn, &id)?;
            Ok((devices, sessions::list(txn, &id, now)?))
        });
        let (devices, live) = read.await?;
        let mut ending = Ending {
            user_id: user_id.clone(),
            devices: Vec::with_capacity(devices.len()),
            codes: {
                let codes = AuditEvent::RecoveryCodesMade {
                    user_id: user_id.clone(),
                    count: 0,
                };
                self.audit.prepare(op, &codes).await?
            },
            sessions: self.session_ends(op, user_id, &live).await?,
        };
        for device in devices {
            let event = removed(user_id, &device.id, device.kind);
            let entry = self.audit.prepare(op, &event).await?;
            ending.devices.push((device.id, entry));
        }
        Ok(ending)
    }

    /// The records of these sessions' end, for a change of a credential.
    pub(super) async fn session_ends(
        &self,
        op: &Op,
        user_id: &UserId,
        live: &[BrowserSession],
    ) -> Result<Vec<(SessionId, AuditEntry)>, CredentialError> {
        let mut ends = Vec::with_capacity(live.len());
        for session in live {
            let revoked = AuditEvent::SessionRevoked {
                user_id: user_id.clone(),
                session_id: session.id.clone(),
                reason: RevocationReason::CredentialChanged,
            };
            ends.push((session.id.clone(), self.audit.prepare(op, &revoked).await?));
        }
        Ok(ends)
    }
}

/// The record of a device's end.
pub(super) fn removed(user_id: &UserId, device_id: &DeviceId, kind: DeviceKind) -> AuditEvent {
    let (user_id, device_id) = (user_id.clone(), device_id.clone());
    match kind {
        DeviceKind::Totp => AuditEvent::TotpRemoved { user_id, device_id },
        DeviceKind::Passkey | DeviceKind::SecurityKey => {
            AuditEvent::PasskeyRemoved { user_id, device_id }
        }
    }
}

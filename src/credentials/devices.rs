//! What a person has to sign in with besides a password: listed, named, removed.

use super::endings::removed;
use super::{CredentialError, Credentials, queue};
use crate::model::{CredentialChange, Device, DeviceId, DeviceKind, SessionId, UserId};
use crate::op::Op;
use crate::store::{credentials as rows, passkeys, sessions, users};

/// As long as fits into a line.
const LONGEST_NAME: usize = 64;

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Done,
    /// There is no such device.
    Unknown,
    /// It is the last one of its kind of use: without it the person could not sign in, or only with a recovery code.
    Last,
}

/// A name as it is kept: one line, not too long.
pub(super) fn device_name(name: &str) -> String {
    let plain = name.trim().chars().filter(|c| !c.is_control());
    plain.take(LONGEST_NAME).collect()
}

impl Credentials {
    /// A person's devices, the oldest first.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn devices(&self, user_id: &UserId) -> Result<Vec<Device>, CredentialError> {
        let user_id = user_id.clone();
        Ok(self
            .store
            .read(move |txn| passkeys::devices(txn, &user_id))
            .await?)
    }

    /// Calls a device otherwise; false when the person has no such device.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn rename_device(
        &self,
        user_id: &UserId,
        id: &DeviceId,
        name: &str,
    ) -> Result<bool, CredentialError> {
        let (user_id, id, name) = (user_id.clone(), id.clone(), device_name(name));
        Ok(self
            .store
            .write(move |txn| passkeys::rename(txn, &user_id, &id, &name))
            .await?)
    }

    /// Removes a device of somebody who keeps another. What it proved in sign-ins in progress counts no more, and every other
    /// session than the one in which it is removed ends: whoever has the device may have begun it.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn remove_device(
        &self,
        op: &Op,
        (user_id, here): (&UserId, &SessionId),
        id: &DeviceId,
    ) -> Result<Removal, CredentialError> {
        let devices = self.devices(user_id).await?;
        let Some(device) = devices.iter().find(|device| device.id == *id) else {
            return Ok(Removal::Unknown);
        };
        let entry = self
            .audit
            .prepare(op, &removed(user_id, id, device.kind))
            .await?;
        let (whose, now) = (user_id.clone(), op.now);
        let live = self.store.read(move |txn| sessions::list(txn, &whose, now));
        let mut others = live.await?;
        others.retain(|session| session.id != *here);
        let ends = self.session_ends(op, user_id, &others).await?;
        let change = CredentialChange::FactorRemoved;
        let notice = self.mail.notice(op, user_id, change)?;
        let (user_id, id, here) = (user_id.clone(), id.clone(), here.clone());
        Ok(self
            .store
            .write(move |txn| {
                let has_password = rows::enrolled(txn, &user_id)?.password;
                let left = passkeys::devices(txn, &user_id)?;
                let left: Vec<&Device> = left.iter().filter(|device| device.id != id).collect();
                if !suffices(has_password, &left) {
                    return Ok(Removal::Last);
                }
                if !passkeys::remove(txn, &user_id, &id)? {
                    return Ok(Removal::Unknown);
                }
                users::end_second_factors(txn, &user_id, now)?;
                let ended = sessions::revoke_others(txn, &user_id, &here, now)?;
                for (_, entry) in ends.iter().filter(|(id, _)| ended.contains(id)) {
                    txn.append_audit(entry)?;
                }
                queue(txn, notice.as_ref())?;
                txn.append_audit(&entry)?;
                Ok(Removal::Done)
            })
            .await?)
    }
}

/// Whether a person can still sign in with two factors.
fn suffices(has_password: bool, devices: &[&Device]) -> bool {
    if has_password {
        !devices.is_empty()
    } else {
        devices
            .iter()
            .any(|device| device.kind == DeviceKind::Passkey)
    }
}

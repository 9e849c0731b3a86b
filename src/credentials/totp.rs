//! Time-based one-time passwords (RFC 6238): SHA-1, six digits, 30 seconds, one step to either side.

use totp_rs::{Algorithm, Builder, Totp};
use url::form_urlencoded::byte_serialize;

use super::attempts::locked;
use super::lockout::Admission;
use super::{CodeOutcome, CredentialError, Credentials, TotpSeed, device_name, queue};
use crate::audit::{AuditEvent, Counter};
use crate::keys::Place;
use crate::model::{CredentialChange, DeviceId, Factor, Secret, Span, Timestamp, User, UserId};
use crate::op::Op;
use crate::store::credentials::{self as rows, TotpRow};
use crate::store::{StoreError, Txn, failure_counters, recovery_passes};

/// RFC 4226, section 4, R6: at least 128 bits, 160 recommended.
const SEED_OCTETS: usize = 20;
const STEP_SECONDS: u64 = 30;
/// How long a seed that is not confirmed is shown again: as long as a sign-in lasts.
const SHOWN_FOR: Span = Span::minutes(20);
/// Steps to either side of the current one: clocks differ.
const SKEW: u8 = 1;

/// A device that is being set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotpEnrollment {
    /// Which.
    pub device_id: DeviceId,
    /// The seed for typing.
    pub secret_base32: String,
    /// The seed for scanning.
    pub otpauth_url: String,
}

fn place(id: &DeviceId) -> Place<'_> {
    Place {
        table: "totp_devices",
        column: "sealed_secret",
        row: id.as_str(),
    }
}

/// The last step of which a code is accepted at that time.
pub fn latest_step(now: Timestamp) -> i64 {
    let step = now.as_seconds().div_euclid(STEP_SECONDS.cast_signed());
    step.saturating_add(i64::from(SKEW))
}

impl Credentials {
    /// The device that is being set up in a sign-in or a session, by its id: a reload shows the same one for as long as a
    /// sign-in lasts, and no other sign-in does. Whoever knew the password before it was changed knows no seed.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn begin_totp(
        &self,
        op: &Op,
        user: &User,
        begun_in: &str,
    ) -> Result<TotpEnrollment, CredentialError> {
        let since = op.now.minus(SHOWN_FOR);
        let (user_id, place_of) = (user.id.clone(), begun_in.to_owned());
        let begun = self
            .store
            .read(move |txn| rows::begun_totp(txn, (&user_id, &place_of), since))
            .await?;
        if let Some(device) = begun {
            let seed = self
                .keys
                .open_sealed(place(&device.id), &device.sealed_secret)?;
            return Ok(self.enrollment(device.id, &seed, user));
        }
        let id = DeviceId::from_random(op.entropy.octets());
        let seed = Secret::new(op.entropy.octets::<SEED_OCTETS>().to_vec());
        let device = TotpRow {
            sealed_secret: self.keys.seal(&op.entropy, place(&id), seed.expose())?,
            id: id.clone(),
            confirmed_at: None,
            last_step: 0,
        };
        let (user_id, begun_in) = (user.id.clone(), begun_in.to_owned());
        let times = (since, op.now);
        self.store
            .write(move |txn| rows::insert_totp(txn, (&user_id, &begun_in), &device, times))
            .await?;
        Ok(self.enrollment(id, &seed, user))
    }

    /// Confirms a device by its first code, which is used up by it.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn confirm_totp(
        &self,
        op: &Op,
        user_id: &UserId,
        (device, name): (&DeviceId, &str),
        code: &str,
    ) -> Result<CodeOutcome, CredentialError> {
        let (whose, name) = (user_id.clone(), device_name(name));
        let enrolled = AuditEvent::TotpEnrolled {
            user_id: user_id.clone(),
            device_id: device.clone(),
        };
        let (only, now) = (device.clone(), op.now);
        let wanted = move |row: &TotpRow| row.id == only && row.confirmed_at.is_none();
        let change = CredentialChange::AuthenticatorAdded;
        let notice = self.notice_unless_joining(op, user_id, change).await?;
        let confirm = move |txn: &mut dyn Txn, id: &DeviceId, step| {
            let is_confirmed = rows::confirm_totp(txn, id, (step, &name), now)?;
            if is_confirmed {
                failure_counters::clear_all(txn, "totp", &whose)?;
                recovery_passes::clear(txn, &whose)?;
                queue(txn, notice.as_ref())?;
            }
            Ok(is_confirmed)
        };
        // A counter of its own: where guesses have ended the codes of the old device, a new one can be set up.
        let key = format!("totp:{user_id}:{device}");
        self.try_code(op, (user_id, &key), code, enrolled, wanted, confirm)
            .await
    }

    /// Verifies a code of a confirmed device; it works once, and no earlier one after it.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub async fn verify_totp(
        &self,
        op: &Op,
        user_id: &UserId,
        code: &str,
    ) -> Result<CodeOutcome, CredentialError> {
        let verified = AuditEvent::SecondFactorVerified {
            user_id: user_id.clone(),
            factor: Factor::Totp,
        };
        let wanted = |row: &TotpRow| row.confirmed_at.is_some();
        let now = op.now;
        let use_up =
            move |txn: &mut dyn Txn, id: &DeviceId, step| rows::use_totp_step(txn, id, step, now);
        let key = format!("totp:{user_id}:");
        self.try_code(op, (user_id, &key), code, verified, wanted, use_up)
            .await
    }

    /// The row of a device that was confirmed elsewhere.
    pub(super) fn imported_device(
        &self,
        op: &Op,
        seed: &TotpSeed,
    ) -> Result<TotpRow, CredentialError> {
        let id = DeviceId::from_random(op.entropy.octets());
        Ok(TotpRow {
            sealed_secret: self.keys.seal(&op.entropy, place(&id), seed.expose())?,
            id,
            confirmed_at: Some(op.now),
            last_step: 0,
        })
    }

    async fn try_code(
        &self,
        op: &Op,
        (user_id, key): (&UserId, &str),
        code: &str,
        succeeded: AuditEvent,
        wanted: impl Fn(&TotpRow) -> bool,
        use_up: impl Fn(&mut dyn Txn, &DeviceId, i64) -> Result<bool, StoreError> + Send + 'static,
    ) -> Result<CodeOutcome, CredentialError> {
        let failures = match self.charge(op, key).await? {
            Admission::Admitted(failures) => failures,
            Admission::Locked { until } => return Ok(CodeOutcome::Locked { until }),
        };
        let refused = AuditEvent::SecondFactorRefused {
            user_id: user_id.clone(),
            factor: Factor::Totp,
            failures: failures.count,
        };
        let id = user_id.clone();
        let devices = self
            .store
            .read(move |txn| rows::totp_devices(txn, &id))
            .await?;
        let mut matching = None;
        for device in devices.iter().filter(|device| wanted(device)) {
            let seed = self
                .keys
                .open_sealed(place(&device.id), &device.sealed_secret)?;
            if let Some(step) = step_of(&seed, code, op) {
                matching = Some((device.id.clone(), step));
            }
        }
        if let Some((device, step)) = matching {
            let work = move |txn: &mut dyn Txn| use_up(txn, &device, step);
            let is_used = self.settle(op, key, (&succeeded, &refused), work).await?;
            return Ok(if is_used {
                CodeOutcome::Verified
            } else {
                CodeOutcome::Refused
            });
        }
        let who = self.audit.attempted(Some(user_id), "");
        let locked = locked(op, who, Counter::Totp, failures);
        self.fail(op, &refused, locked.as_ref()).await?;
        Ok(CodeOutcome::Refused)
    }

    fn enrollment(&self, device_id: DeviceId, seed: &Secret, user: &User) -> TotpEnrollment {
        let secret_base32 = totp_rs::Secret::from(seed.expose().to_vec()).to_base32();
        let host = &self.keys.identity().rp_id;
        let issuer: String = byte_serialize(host.as_bytes()).collect();
        let account: String = byte_serialize(user.user_name.as_str().as_bytes()).collect();
        // Spaces as %20: authenticator apps show a plus sign as it stands.
        let label = format!("{issuer}:{account}").replace('+', "%20");
        TotpEnrollment {
            device_id,
            otpauth_url: format!("otpauth://totp/{label}?secret={secret_base32}&issuer={issuer}"),
            secret_base32,
        }
    }
}

/// The step of which the code is, among the current one and its neighbours. Spaces, which apps show, are passed over.
fn step_of(seed: &Secret, code: &str, op: &Op) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let now = u64::try_from(op.now.as_seconds()).ok()?;
    let step = totp(seed)?.check(&digits, now)?;
    i64::try_from(step).ok()
}

fn totp(seed: &Secret) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(SKEW.into())
        .with_step_duration(STEP_SECONDS)
        .with_secret(seed.expose().to_vec())
        .build()
        .ok()
}

//! The key ring, sealing at rest, and the audit: over the public API and over rows changed behind its back.

mod changes;
mod checkpoints;
mod credential_events;
mod events;
mod master_key;
mod organisation;
mod replay;
mod ring;
mod sealing;
mod shredding;
mod tables;
mod tampering;

use std::net::IpAddr;
use std::sync::Arc;

use signet::audit::{Audit, AuditEvent, PinnedKey, UserSnapshot};
use signet::clock::Clock;
use signet::entropy::Entropy;
use signet::keys::Keys;
use signet::model::{
    AdminRole, EmailAddress, EntityId, InstanceIdentity, Span, Timestamp, User, UserId, UserName,
    UserState,
};
use signet::op::{Actor, Op};
use signet::store::{Store, StoreError, Txn};

use crate::store::engines::{EngineKind, TestDatabase, TestFolder};

pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

fn identity() -> InstanceIdentity {
    InstanceIdentity {
        public_url: "https://id.example.com".into(),
        entity_id: EntityId::parse("https://id.example.com/saml").unwrap(),
        oidc_issuer: "https://id.example.com".into(),
        rp_id: "id.example.com".into(),
    }
}

/// An instance in a database of its own.
pub(crate) struct Instance<'a> {
    pub(crate) store: &'a Store,
    pub(crate) folder: TestFolder,
    pub(crate) clock: Clock,
    pub(crate) entropy: Entropy,
    pub(crate) keys: Keys,
    pub(crate) audit: Audit,
}

pub(crate) const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn op_at(now: Timestamp, entropy: &Entropy) -> Op {
    Op::internal(Actor::Host("test"), now, entropy.clone())
}

impl<'a> Instance<'a> {
    pub(crate) fn new(database: &'a TestDatabase) -> Self {
        Self::seeded(database, 7)
    }

    fn seeded(database: &'a TestDatabase, seed: u64) -> Self {
        let folder = TestFolder::new();
        let entropy = Entropy::seeded(seed);
        let op = op_at(START, &entropy);
        let store = database.store();
        let keys = wait(Keys::create_instance(store, &op, folder.path(), identity())).unwrap();
        let audit = Audit::new(store.clone(), Arc::new(keys.clone()));
        Self {
            store,
            folder,
            clock: Clock::fixed(START),
            entropy,
            keys,
            audit,
        }
    }

    /// Another process of the same instance, with connections of its own.
    fn beside<'b>(&self, store: &'b Store) -> Instance<'b> {
        Instance {
            store,
            folder: TestFolder::new(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            keys: self.keys.clone(),
            audit: Audit::new(store.clone(), Arc::new(self.keys.clone())),
        }
    }

    /// An operation a moment later than the last one.
    pub(crate) fn op(&self) -> Op {
        self.clock.advance(Span::millis(3));
        op_at(self.clock.now(), &self.entropy)
    }

    fn op_from(&self, address: &str) -> Op {
        Op {
            remote_addr: Some(address.parse::<IpAddr>().unwrap()),
            actor: Actor::Anonymous,
            ..self.op()
        }
    }

    pub(crate) fn pins(&self) -> Vec<PinnedKey> {
        use signet::audit::CheckpointSigner;
        self.keys.pinned_keys()
    }

    /// Records an event together with `work`.
    fn record_with<W>(&self, op: &Op, event: &AuditEvent, work: W)
    where
        W: Fn(&mut dyn Txn) -> Result<(), StoreError> + Send + 'static,
    {
        let entry = wait(self.audit.prepare(op, event)).unwrap();
        self.store
            .write_blocking(move |txn| {
                work(txn)?;
                txn.append_audit(&entry)
            })
            .unwrap();
    }

    fn record(&self, op: &Op, event: &AuditEvent) {
        self.record_with(op, event, |_| Ok(()));
    }

    /// A user with a key, and the record of its making. The users table stays as it is.
    pub(crate) fn person(&self, name: &str) -> User {
        let op = self.op();
        let user = user(UserId::from_random(self.entropy.octets()), name, op.now);
        let person = self.audit.new_person(&op, &user.id).unwrap();
        let event = AuditEvent::UserCreated {
            after: UserSnapshot::from(&user),
        };
        self.record_with(&op, &event, move |txn| person.insert(txn));
        user
    }

    fn bodies(&self) -> Vec<String> {
        crate::store::engines::rows(self.store, "SELECT body FROM audit_records", vec![])
            .iter()
            .map(|row| row.text("body").unwrap())
            .collect()
    }

    fn export(&self, personal: signet::audit::PersonalFields) -> Vec<serde_json::Value> {
        let mut out = Vec::new();
        let written = wait(self.audit.export(&self.op(), personal, &mut out)).unwrap();
        let lines: Vec<serde_json::Value> = String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(written as usize, lines.len());
        lines
    }
}

fn in_memory() -> TestDatabase {
    TestDatabase::new(EngineKind::SqliteInMemory)
}

fn user(id: UserId, name: &str, now: Timestamp) -> User {
    User {
        user_name: UserName::parse(name).unwrap(),
        email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
        display_name: format!("{name} Display"),
        given_name: format!("{name} Given"),
        family_name: format!("{name} Family"),
        state: UserState::Active,
        admin_role: AdminRole::None,
        source_identity: format!("{name}-source"),
        attributes: [("costCenter".to_owned(), vec![format!("{name}-cost")])].into(),
        starts_at: None,
        ends_at: None,
        created_at: now,
        revision: 1,
        id,
    }
}

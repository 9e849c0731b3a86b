//! `TestApp`: the whole server on a port of its own, over a database, with a clock that stands still until moved and
//! randomness that repeats. Tests reach it as people do, by HTTP; its services make the organisation.

mod authenticator;
mod browser;
pub(crate) mod clients;
mod logout;
mod organisation;
mod requests;

pub(crate) use authenticator::Authenticator;
pub(crate) use browser::{Answer, Browser, SESSION_COOKIE, unescape};
pub(crate) use logout::logout_endpoint;
pub(crate) use organisation::{Person, ServiceProviderApp};
pub(crate) use requests::{AuthnRequest, PostedResponse};

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use signet::cli::services::Settings;
use signet::clock::Clock;
use signet::entropy::Entropy;
use signet::keys::Keys;
use signet::model::{EntityId, InstanceIdentity, Span, Timestamp};
use signet::op::{Actor, Op};
use signet::outbound::OutboundSettings;
use signet::render::Look;
use signet::sessions::SessionLimits;
use signet::web::{App, Listeners, serve};

use crate::keys_audit::{START, wait};
use crate::store::engines::{EngineKind, TestDatabase};

/// As a proxy before it serves it: TLS ends there.
pub(crate) const PUBLIC_URL: &str = "https://id.example.com";

/// The time at which every test begins.
pub(crate) const BEGIN: Timestamp = START;

fn identity(public_url: &str) -> InstanceIdentity {
    InstanceIdentity {
        public_url: public_url.into(),
        entity_id: EntityId::parse(&format!("{public_url}/saml/metadata")).unwrap(),
        oidc_issuer: public_url.into(),
        rp_id: "id.example.com".into(),
    }
}

/// A running server. Stops with this value.
pub(crate) struct TestApp<'a> {
    pub(crate) services: App,
    pub(crate) clock: Clock,
    database: &'a TestDatabase,
    running: Option<Running>,
    settings: Settings,
}

struct Running {
    public: SocketAddr,
    management: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl<'a> TestApp<'a> {
    /// A new instance in an empty database.
    pub(crate) fn start(database: &'a TestDatabase) -> Self {
        Self::with(database, |_| {})
    }

    pub(crate) fn with(database: &'a TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        Self::at(database, PUBLIC_URL, listen(), change)
    }

    /// One whose public URL is where it listens, for software that finds it by discovery.
    pub(crate) fn on_loopback(database: &'a TestDatabase, clock: Clock) -> Self {
        let public = listen();
        let url = format!("http://{}", public.local_addr().unwrap());
        Self::at(database, &url, public, |settings| settings.clock = clock)
    }

    fn at(
        database: &'a TestDatabase,
        public_url: &str,
        public: TcpListener,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let clock = Clock::fixed(BEGIN);
        let entropy = Entropy::seeded(11);
        let mut settings = Settings {
            public_url: public_url.into(),
            trusted_proxies: Vec::new(),
            look: Look {
                organisation: "Example".into(),
                is_demo: false,
            },
            partitions: signet::apps::aws_partitions(),
            outbound: OutboundSettings::default(),
            mail: None,
            branding: None,
            sessions: SessionLimits {
                idle: Span::hours(2),
                absolute: Span::hours(12),
            },
            hash_threads: 2,
            hash_queue: 64,
            blocklist: None,
            clock,
            entropy: entropy.clone(),
        };
        change(&mut settings);
        let clock = settings.clock.clone();
        let op = Op::internal(Actor::Host("test"), clock.now(), entropy);
        let store = database.store();
        let identity = identity(public_url);
        let keys = Keys::create_instance(store, &op, database.folder.path(), identity);
        let services = settings
            .clone()
            .assemble(store.clone(), wait(keys).unwrap())
            .unwrap();
        let mut app = Self {
            running: Some(run(services.clone(), public)),
            services,
            clock,
            database,
            settings,
        };
        app.advance(Span::millis(1));
        app
    }

    /// The server ends and another one starts over the same database, as after a power cut of the process.
    pub(crate) fn restart(&mut self) {
        self.running = None;
        let store = if self.database.kind == EngineKind::SqliteInMemory {
            self.database.store().clone()
        } else {
            self.database
                .open_again(signet::store::StoreOptions::default())
        };
        let op = self.op();
        let keys = wait(Keys::open(&store, &op, self.database.folder.path())).unwrap();
        self.services = self.settings.clone().assemble(store, keys).unwrap();
        self.running = Some(run(self.services.clone(), listen()));
    }

    /// A second server over the same database, with keys and connections of its own. Not in memory.
    pub(crate) fn beside(&self) -> TestApp<'a> {
        let store = self
            .database
            .open_again(signet::store::StoreOptions::default());
        let op = self.op();
        let keys = wait(Keys::open(&store, &op, self.database.folder.path())).unwrap();
        let services = self.settings.clone().assemble(store, keys).unwrap();
        TestApp {
            running: Some(run(services.clone(), listen())),
            services,
            clock: self.clock.clone(),
            database: self.database,
            settings: self.settings.clone(),
        }
    }

    pub(crate) fn advance(&mut self, span: Span) {
        self.clock.advance(span);
    }

    /// The same instance, set up otherwise from now on; the server that runs keeps what it has.
    pub(crate) fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        let keys = self.services.keys.clone();
        let store = self.services.store.clone();
        self.services = self.settings.clone().assemble(store, keys).unwrap();
    }

    pub(crate) fn op(&self) -> Op {
        let entropy = self.settings.entropy.clone();
        Op::internal(Actor::Host("test"), self.clock.now(), entropy)
    }

    pub(crate) fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().public
    }

    pub(crate) fn management_address(&self) -> SocketAddr {
        self.running.as_ref().unwrap().management
    }

    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.address())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

fn run(services: App, public: TcpListener) -> Running {
    let listeners = Listeners {
        public,
        management: listen(),
        tls: None,
        workers: Some(2),
    };
    let public = listeners.public.local_addr().unwrap();
    let management = listeners.management.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let servers = serve(services, listeners).unwrap();
            let (one, other) = (servers.public.handle, servers.management.handle);
            actix_web::rt::spawn(servers.public.server);
            actix_web::rt::spawn(servers.management.server);
            drop(stopped.await);
            one.stop(false).await;
            other.stop(false).await;
        });
    });
    Running {
        public,
        management,
        stop: Some(stop),
        thread: Some(thread),
    }
}

//! The instance that is killed: its people, its service provider, its server process.

use std::net::{SocketAddr, TcpStream};
use std::process::Child;

use samael::crypto::{Crypto, CryptoProvider as _};
use signet::apps::NewApplication;
use signet::cli::services::{host_op, open_instance};
use signet::config::Config;
use signet::directory::{NewUser, Profile};
use signet::model::{AdminRole, AppAssignment, Principal, Registration, Secret, UserId, UserState};
use signet::store::{DatabaseUrl, Store, StoreOptions};
use signet::web::App;

use crate::cli::program::Place;
use crate::keys_audit::wait;
use crate::store::engines::rows;

const PASSWORD: &str = "a password of all of them";

#[derive(Debug)]
pub(super) struct User {
    id: UserId,
    pub(super) name: String,
    pub(super) password: String,
}

/// The service provider.
#[derive(Debug)]
pub(super) struct Sp {
    /// The path of the sign-in that starts from our side.
    pub(super) start: String,
}

pub(super) struct Instance {
    pub(super) place: Place,
    pub(super) users: Vec<User>,
    pub(super) sp: Sp,
    certificate: Vec<u8>,
    address: SocketAddr,
}

impl Instance {
    /// With so many people, all with one password: hashing 200 of them would only take time.
    pub(super) fn make(place: Place, count: usize) -> Self {
        place.init();
        let app = open(&place);
        let op = host_op(&app.clock, &app.entropy, "test");
        let op = &op;
        let mut users = Vec::new();
        for number in 0..count {
            let name = format!("user{number}");
            let new = NewUser {
                user_name: name.clone(),
                state: UserState::Active,
                admin_role: AdminRole::None,
                profile: Profile {
                    email: format!("{name}@example.com"),
                    display_name: name.clone(),
                    given_name: String::new(),
                    family_name: String::new(),
                    attributes: Default::default(),
                },
            };
            let user = wait(app.directory.create_user(op, new)).unwrap();
            enroll(&app, op, &user);
            users.push(User {
                id: user.id,
                name,
                password: PASSWORD.into(),
            });
        }
        let first = users[0].id.clone();
        let password = Secret::from_text(PASSWORD.into());
        wait(app.credentials.set_password(op, &first, password))
            .unwrap()
            .unwrap();
        copy_password(&app.store, &users);
        let sp = register(&app, op, &users);
        let key = app.keys.active(signet::keys::Purpose::Saml).unwrap();
        let certificate = signet::protocol::saml::Sign::certificate_der(key.as_ref()).to_vec();
        let address = wait(address_of(&place));
        Self {
            place,
            users,
            sp,
            certificate,
            address,
        }
    }

    /// Ten for each person, in place of the former ones. The server is down. An attempt that a kill cut off stays charged,
    /// as it should; people would wait a moment, the next round does not.
    pub(super) fn new_recovery_codes(&self) -> Vec<Vec<String>> {
        let app = open(&self.place);
        let forgotten = app
            .store
            .write_blocking(|txn| txn.execute("DELETE FROM failure_counters", &[]));
        forgotten.unwrap();
        let op = host_op(&app.clock, &app.entropy, "test");
        self.users
            .iter()
            .map(|user| wait(app.credentials.new_recovery_codes(&op, &user.id)).unwrap())
            .collect()
    }

    /// Starts the program and waits until it listens.
    pub(super) fn serve(&self) -> Server {
        let mut command = self.place.command(&["serve"]);
        command.env("SIGNET_LOG", "error");
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::inherit());
        let server = Server {
            child: command.spawn().unwrap(),
            address: self.address,
        };
        for _ in 0..500 {
            if TcpStream::connect(self.address).is_ok() {
                return server;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(20));
        }
        panic!("the server does not listen within ten seconds");
    }

    fn store(&self) -> Store {
        let url = DatabaseUrl::parse(&self.place.database_url()).unwrap();
        let url = url.relative_to(self.place.folder.path());
        Store::open(&url, StoreOptions::default()).unwrap()
    }

    /// Whether the audit knows the assertion by its id.
    pub(super) fn is_recorded(&self, xml: &str) -> bool {
        let document = uppsala::parse(xml).unwrap();
        let assertion = document.get_elements_by_tag_name("Assertion")[0];
        let id = document.get_attribute(assertion, "ID").unwrap();
        let sql = "SELECT id FROM audit_records WHERE kind = 'assertion.issued' AND body LIKE $1";
        rows(&self.store(), sql, vec![format!("%{id}%").as_str().into()]).len() == 1
    }

    /// Whether somebody else's library verifies it with the published certificate.
    pub(super) fn verifies(&self, xml: &str) -> bool {
        Crypto::verify_signed_xml(xml, &self.certificate.clone().into(), Some("ID")).is_ok()
    }

    /// Codes that are used in the table and not in the audit, or the other way round.
    pub(super) fn used_codes_without_record(&self) -> i64 {
        let store = self.store();
        let number = |sql: &'static str| rows(&store, sql, vec![])[0].int("n").unwrap();
        let made = number("SELECT COUNT(*) AS n FROM recovery_codes WHERE used_at IS NOT NULL");
        // Every round replaces the codes: of the records only those since then count.
        let since = number("SELECT MIN(created_at) AS n FROM recovery_codes");
        let recorded = rows(
            &store,
            "SELECT COUNT(*) AS n FROM audit_records WHERE kind = 'recovery_code.used' AND at >= $1",
            vec![since.into()],
        )[0]
        .int("n")
        .unwrap();
        made - recorded
    }
}

fn open(place: &Place) -> App {
    let config = Config::load(&place.path("signet.toml"), Vec::new()).unwrap();
    wait(open_instance(&config)).unwrap()
}

async fn address_of(place: &Place) -> SocketAddr {
    Config::load(&place.path("signet.toml"), Vec::new())
        .unwrap()
        .listen
        .address
}

/// An authenticator, so that the dispatcher asks for a second factor and not for an enrolment.
fn enroll(app: &App, op: &signet::op::Op, user: &signet::model::User) {
    let device = wait(app.credentials.begin_totp(op, user, "here")).unwrap();
    let secret = totp_rs::Secret::try_from_base32(&device.secret_base32).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let code = totp
        .generate(u64::try_from(op.now.as_seconds()).unwrap())
        .to_string();
    wait(
        app.credentials
            .confirm_totp(op, &user.id, (&device.device_id, ""), &code),
    )
    .unwrap();
}

fn copy_password(store: &Store, users: &[User]) {
    let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
    let copied = store.write_blocking(move |txn| {
        for id in ids.iter().skip(1) {
            txn.execute(
                "INSERT INTO passwords (user_id, phc, changed_at) SELECT $1, phc, changed_at FROM passwords WHERE user_id = $2",
                &[id.as_str().into(), ids[0].as_str().into()],
            )?;
        }
        Ok(())
    });
    copied.unwrap();
}

fn register(app: &App, op: &signet::op::Op, users: &[User]) -> Sp {
    let metadata = concat!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://sp.example/metadata">"#,
        r#"<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService "#,
        r#"Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://sp.example/acs" index="0"/>"#,
        "</SPSSODescriptor></EntityDescriptor>"
    );
    let mut saml = NewApplication::service_provider(metadata.as_bytes(), op.now).unwrap();
    saml.allow_idp_initiated = true;
    let new = NewApplication {
        name: "sp.example".into(),
        registration: Registration::Saml(saml),
    };
    let app_id = wait(app.apps.register(op, new)).unwrap().id;
    for user in users {
        let assignment = AppAssignment {
            app_id: app_id.clone(),
            principal: Principal::User(user.id.clone()),
        };
        wait(app.apps.assign(op, assignment)).unwrap();
    }
    Sp {
        start: format!("/saml/start/{app_id}"),
    }
}

/// The server's process. Killed with this value.
pub(super) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As an operator stops it.
    pub(super) fn stop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

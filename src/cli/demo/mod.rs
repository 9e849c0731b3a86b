//! `signet demo`: the identity provider with an organisation in it, an application and a simulated AWS, each on its own
//! port.

mod announcement;
mod folder;
mod organisation;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use super::CliError;
use super::arguments::DemoOptions;
use super::serve;
use super::services::{Settings, cores, host_op};
use crate::audit::CheckpointFile;
use crate::clock::Clock;
use crate::config::{MailSecurity, PublicUrl};
use crate::demo::{
    MailBox, MetadataSource, OauthClient, OauthClientSettings, ServiceProvider,
    ServiceProviderSettings, SimulatedAccount, SimulatedAws, SimulatedAwsSettings, SimulatedRole,
    TrustPolicy, Unsolicited, fetch_over_http,
};
use crate::entropy::Entropy;
use crate::jobs::Schedule;
use crate::keys::Keys;
use crate::model::{EntityId, InstanceIdentity, Network, Partition, Secret, Span};
use crate::outbound::{AddressRule, OutboundSettings, SmtpSettings};
use crate::render::Look;
use crate::sessions::SessionLimits;
use crate::store::{DatabaseUrl, Store, StoreOptions};
use crate::web::{self, App, Listeners};
use folder::{DemoFolder, Remembered};

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The open ports of a demonstration.
struct Ports {
    identity_provider: TcpListener,
    management: TcpListener,
    service_provider: TcpListener,
    aws: TcpListener,
    client: TcpListener,
    mail: TcpListener,
    smtp: TcpListener,
}

/// Where its parts are reached. The identity provider is `localhost` (a passkey needs a name), the others `127.0.0.1`:
/// another host, so that nothing works by shared cookies.
#[derive(Debug, Clone)]
struct Addresses {
    public_url: String,
    listen_port: u16,
    management_url: String,
    sp_url: String,
    aws_url: String,
    client_url: String,
    mail_url: String,
    smtp_port: u16,
}

/// Runs until it is interrupted; then removes what it made, unless told to keep it.
///
/// # Errors
/// When a port is taken or the folder cannot be used.
pub async fn run(options: DemoOptions) -> Result<(), CliError> {
    let folder = DemoFolder::open(options.data.as_deref(), options.keep)?;
    let ended = run_in(&folder, &options).await;
    match ended {
        // What was kept by an earlier run survives a start that fails.
        Err(error) if !folder.is_new() => Err(error),
        ended => folder.close().and(ended),
    }
}

async fn run_in(folder: &DemoFolder, options: &DemoOptions) -> Result<(), CliError> {
    let remembered = folder.remembered()?;
    let ports = Ports::open(options.listen, remembered.as_ref())?;
    let addresses = ports.addresses(options.public_url.as_deref())?;
    let database = database(folder, options)?;
    let app = open(folder, &addresses, &database).await?;
    let lock = app.store.lock_for_serving()?;
    let op = host_op(&app.clock, &app.entropy, "demo");
    app.apps.ensure_command_line(&op).await?;
    let remembered = match remembered {
        Some(remembered) => remembered,
        None => {
            let op = host_op(&app.clock, &app.entropy, "demo");
            let made = organisation::make(&app, &op, &addresses).await?;
            folder.remember(&addresses, made)?
        }
    };
    let jobs = serve::spawn(
        &app,
        Some(CheckpointFile::new(folder.path("checkpoints.jsonl"))),
        Schedule::default(),
    )?;
    let running = start(&app, ports, &addresses, &remembered)?;
    announcement::show(&addresses, &remembered, folder, options.json)?;
    running.until_stopped().await?;
    jobs.stop().await;
    drop((app, lock));
    Ok(())
}

struct Running {
    servers: web::Servers,
    service_provider: actix_web::dev::Server,
    aws: actix_web::dev::Server,
    client: actix_web::dev::Server,
    mail: actix_web::dev::Server,
}

impl Running {
    async fn until_stopped(self) -> Result<(), CliError> {
        let others = [self.service_provider, self.aws, self.client, self.mail];
        let handles: Vec<_> = others.iter().map(actix_web::dev::Server::handle).collect();
        let others: Vec<_> = others.into_iter().map(actix_web::rt::spawn).collect();
        serve::until_stopped(self.servers).await?;
        for handle in handles {
            handle.stop(true).await;
        }
        for other in others {
            if let Ok(Err(error)) = other.await {
                return Err(CliError::failed("a server of the demo has failed", error));
            }
        }
        Ok(())
    }
}

/// Opens the instance of the folder, or makes it.
async fn open(
    folder: &DemoFolder,
    addresses: &Addresses,
    database: &DatabaseUrl,
) -> Result<App, CliError> {
    let settings = settings(addresses)?;
    let store = Store::open(database, StoreOptions::default())?;
    store.migrate()?;
    let op = host_op(&settings.clock, &settings.entropy, "demo");
    let keys_folder = folder.path("keys");
    let keys = if folder.is_new() {
        Keys::create_instance(&store, &op, &keys_folder, identity(addresses)?).await?
    } else {
        Keys::open(&store, &op, &keys_folder).await?
    };
    settings.assemble(store, keys)
}

fn database(folder: &DemoFolder, options: &DemoOptions) -> Result<DatabaseUrl, CliError> {
    match &options.database {
        None => Ok(DatabaseUrl::SqliteFile(folder.path("signet.db"))),
        Some(text) => {
            DatabaseUrl::parse(text).map_err(|e| CliError::Usage(format!("--database {text}: {e}")))
        }
    }
}

fn settings(addresses: &Addresses) -> Result<Settings, CliError> {
    Ok(Settings {
        public_url: addresses.public_url.clone(),
        trusted_proxies: Vec::new(),
        look: Look {
            organisation: "Example Shop".to_owned(),
            is_demo: true,
        },
        partitions: vec![partition(addresses)],
        outbound: on_this_machine()?,
        mail: Some(mail_box(addresses)?),
        branding: None,
        sessions: SessionLimits {
            idle: Span::hours(1),
            absolute: Span::hours(12),
        },
        hash_threads: cores(),
        hash_queue: 64,
        blocklist: None,
        clock: Clock::System,
        entropy: Entropy::system(),
    })
}

/// All mail of a demonstration goes to its own mail box.
fn mail_box(addresses: &Addresses) -> Result<SmtpSettings, CliError> {
    let from = "Example Shop <signet@example.com>";
    Ok(SmtpSettings {
        host: LOOPBACK.to_string(),
        port: addresses.smtp_port,
        security: MailSecurity::None,
        login: None,
        from: from
            .parse()
            .map_err(|e| CliError::failed("the demo's mail address", e))?,
        extra_roots: None,
        timeout: Span::seconds(10),
    })
}

/// The simulated AWS and the demonstration's applications are on this machine.
fn on_this_machine() -> Result<OutboundSettings, CliError> {
    let loopback =
        Network::parse("127.0.0.0/8").map_err(|e| CliError::failed("the loopback network", e))?;
    Ok(OutboundSettings {
        addresses: AddressRule::PublicAnd(vec![loopback]),
        ..OutboundSettings::default()
    })
}

fn identity(addresses: &Addresses) -> Result<InstanceIdentity, CliError> {
    let url = PublicUrl::parse(&addresses.public_url)
        .map_err(|e| CliError::failed("the demo's address", e))?;
    let entity_id = EntityId::parse(&format!("{url}/saml/metadata"))
        .map_err(|e| CliError::failed("the demo's entity id", e))?;
    Ok(InstanceIdentity {
        public_url: url.as_str().to_owned(),
        entity_id,
        oidc_issuer: url.as_str().to_owned(),
        rp_id: url.host().to_owned(),
    })
}

/// AWS's commercial partition, with the simulation in the place of its sign-in page and console.
fn partition(addresses: &Addresses) -> Partition {
    Partition {
        name: "aws".to_owned(),
        sign_in_url: format!("{}/saml", addresses.aws_url),
        regional_sign_in_url: None,
        audience: "urn:amazon:webservices".to_owned(),
        console_url: format!("{}/console/home", addresses.aws_url),
        console_hosts: vec![LOOPBACK.to_string()],
        sts_url: format!("{}/", addresses.aws_url),
        default_region: "us-east-1".to_owned(),
    }
}

fn start(
    app: &App,
    ports: Ports,
    addresses: &Addresses,
    remembered: &Remembered,
) -> Result<Running, CliError> {
    let failed = |e: std::io::Error| CliError::failed("the demo cannot be started", e);
    let metadata: MetadataSource = {
        let app = app.clone();
        Arc::new(move || web::saml_metadata(&app))
    };
    let service_provider = ServiceProvider::new(ServiceProviderSettings {
        base_url: addresses.sp_url.clone(),
        metadata: metadata.clone(),
        unsolicited: Unsolicited::Accepted,
        clock: app.clock.clone(),
        entropy: app.entropy.clone(),
    });
    let aws = SimulatedAws::new(SimulatedAwsSettings {
        partition: partition(addresses),
        accounts: simulated_accounts(addresses)?,
        metadata,
        clock: app.clock.clone(),
        entropy: app.entropy.clone(),
    });
    let listeners = Listeners {
        public: ports.identity_provider,
        management: ports.management,
        tls: None,
        workers: None,
    };
    let mail_box = MailBox::default();
    mail_box.receive(ports.smtp).map_err(failed)?;
    Ok(Running {
        servers: web::serve(app.clone(), listeners).map_err(failed)?,
        service_provider: service_provider
            .serve(ports.service_provider)
            .map_err(failed)?,
        aws: aws.serve(ports.aws).map_err(failed)?,
        client: oauth_client(app, addresses, remembered)?
            .serve(ports.client)
            .map_err(failed)?,
        mail: mail_box.serve(ports.mail).map_err(failed)?,
    })
}

fn oauth_client(
    app: &App,
    addresses: &Addresses,
    remembered: &Remembered,
) -> Result<OauthClient, CliError> {
    let client = &remembered.oauth_client;
    Ok(OauthClient::new(OauthClientSettings {
        base_url: addresses.client_url.clone(),
        issuer: url::Url::parse(&addresses.public_url)
            .map_err(|e| CliError::failed("the demo's address", e))?,
        client_id: client.client_id.clone(),
        client_secret: Secret::from_text(client.client_secret.clone()),
        clock: app.clock.clone(),
        entropy: app.entropy.clone(),
        http: fetch_over_http(),
    }))
}

fn simulated_accounts(addresses: &Addresses) -> Result<Vec<SimulatedAccount>, CliError> {
    let partition = partition(addresses);
    let mut accounts = Vec::new();
    for (digits, name, _) in organisation::ACCOUNTS {
        let id = organisation::account_id(digits)?;
        let role = |path_and_name| SimulatedRole {
            path_and_name,
            max_session_duration: Span::hours(12),
            trust_policy: TrustPolicy::for_provider(&partition, &id, organisation::PROVIDER),
        };
        accounts.push(SimulatedAccount {
            name: name.to_owned(),
            saml_providers: vec![organisation::PROVIDER.to_owned()],
            roles: organisation::role_paths().into_iter().map(role).collect(),
            id,
        });
    }
    Ok(accounts)
}

impl Ports {
    /// The asked one, and the four after it for the others where they are free. A kept demonstration comes back where it
    /// was: its addresses stand in its registrations.
    fn open(listen: SocketAddr, remembered: Option<&Remembered>) -> Result<Self, CliError> {
        let (listen, others) = match remembered {
            Some(r) => (
                SocketAddr::new(listen.ip(), r.port),
                [r.sp_port, r.aws_port, r.client_port, r.mail_port].map(Some),
            ),
            None => (listen, [None; 4]),
        };
        let identity_provider = serve::bind(listen, "--listen")?;
        let [sp, aws, client, mail] = others;
        Ok(Self {
            identity_provider,
            management: any_port()?,
            service_provider: beside(listen, 1, sp)?,
            aws: beside(listen, 2, aws)?,
            client: beside(listen, 3, client)?,
            mail: beside(listen, 4, mail)?,
            smtp: any_port()?,
        })
    }

    fn addresses(&self, public_url: Option<&str>) -> Result<Addresses, CliError> {
        let at = |listener: &TcpListener| {
            let address = listener.local_addr();
            address.map_err(|e| CliError::failed("a port of the demo", e))
        };
        let listen_port = at(&self.identity_provider)?.port();
        Ok(Addresses {
            public_url: public_url.map_or_else(|| origin("localhost", listen_port), str::to_owned),
            listen_port,
            management_url: format!("http://{}", at(&self.management)?),
            sp_url: format!("http://{}", at(&self.service_provider)?),
            aws_url: format!("http://{}", at(&self.aws)?),
            client_url: format!("http://{}", at(&self.client)?),
            mail_url: format!("http://{}", at(&self.mail)?),
            smtp_port: at(&self.smtp)?.port(),
        })
    }
}

/// As browsers write it: without the port that the scheme has anyway.
fn origin(host: &str, port: u16) -> String {
    match port {
        80 => format!("http://{host}"),
        _ => format!("http://{host}:{port}"),
    }
}

fn beside(listen: SocketAddr, offset: u16, fixed: Option<u16>) -> Result<TcpListener, CliError> {
    if let Some(port) = fixed {
        // Its addresses stand in its registrations: it comes back here, or anew in another folder.
        return TcpListener::bind((LOOPBACK, port)).map_err(|e| {
            CliError::Refused(format!(
                "port {port} of this demonstration cannot be listened on: {e}; {}, or begin another one with --data and a \
                 new folder",
                serve::stop_what_has(port)
            ))
        });
    }
    let wished = match listen.port() {
        0 => 0,
        port => port.checked_add(offset).unwrap_or(0),
    };
    TcpListener::bind((LOOPBACK, wished)).or_else(|_| any_port())
}

fn any_port() -> Result<TcpListener, CliError> {
    TcpListener::bind((LOOPBACK, 0)).map_err(|e| CliError::failed("no port is free", e))
}

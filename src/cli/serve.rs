//! `signet serve`: the server, until it is told to stop.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use super::services::{host_op, load_config, open_instance};
use super::{CliError, tls};
use crate::audit::CheckpointFile;
use crate::config::Config;
use crate::jobs::{self, JobHandles, Jobs, Logout, Mailer, Schedule};
use crate::web::{self, App, Listeners, Servers, routes};

/// Serves the instance of a configuration until SIGTERM or SIGINT.
///
/// # Errors
/// Whatever keeps it from starting, with what to do.
pub async fn run(file: Option<PathBuf>) -> Result<(), CliError> {
    let config = load_config(file)?;
    let app = open_instance(&config).await?;
    let lock = app.store.lock_for_serving()?;
    let op = host_op(&app.clock, &app.entropy, "serve");
    app.apps.ensure_command_line(&op).await?;
    let listeners = Listeners {
        public: bind(config.listen.address, "listen.address")?,
        management: bind(config.listen.management, "listen.management")?,
        tls: match &config.tls {
            Some(files) => Some(tls::server_config(&config, files)?),
            None => None,
        },
        workers: config.workers,
    };
    let jobs = spawn_jobs(&app, &config)?;
    let public_url = config.public_url.as_str().to_owned();
    let servers = web::serve(app, listeners)
        .map_err(|e| CliError::failed("the server cannot be started", e))?;
    tracing::info!(address = %config.listen.address, management = %config.listen.management, "ready at {public_url}");
    until_stopped(servers).await?;
    jobs.stop().await;
    drop(lock);
    tracing::info!("stopped");
    Ok(())
}

/// What to do about a port that something else has.
pub(super) fn stop_what_has(port: u16) -> String {
    format!("stop what has it (ss -ltnp 'sport = :{port}' names it)")
}

/// Opens a port, or says how to choose another.
pub(super) fn bind(address: SocketAddr, key: &str) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).map_err(|e| {
        let fix = match e.kind() {
            ErrorKind::AddrInUse => {
                let stop = stop_what_has(address.port());
                format!("{stop}, or give {key} another address")
            }
            ErrorKind::PermissionDenied => format!(
                "below port 1024 a program needs CAP_NET_BIND_SERVICE, which the unit of `signet init` gives it; or give \
                 {key} a higher port"
            ),
            _ => format!("give {key} an address of this machine"),
        };
        CliError::Refused(format!("{address} cannot be listened on: {e}; {fix}"))
    })
}

fn spawn_jobs(app: &App, config: &Config) -> Result<JobHandles, CliError> {
    let every = u64::try_from(config.audit.checkpoint_every.as_millis()).unwrap_or(u64::MAX);
    let schedule = Schedule {
        checkpoint: std::time::Duration::from_millis(every),
        ..Schedule::default()
    };
    let file = config.audit.checkpoint_file.clone();
    spawn(app, file.map(CheckpointFile::new), schedule)
}

/// Starts the jobs over an app's services.
pub(super) fn spawn(
    app: &App,
    checkpoint_file: Option<CheckpointFile>,
    schedule: Schedule,
) -> Result<JobHandles, CliError> {
    jobs::spawn(Jobs {
        store: app.store.clone(),
        keys: app.keys.clone(),
        audit: app.audit.clone(),
        clock: app.clock.clone(),
        entropy: app.entropy.clone(),
        directory: app.directory.clone(),
        traces: app.traces.clone(),
        checkpoint_file,
        logout: Some(Logout {
            issuer: app.issuer.clone(),
            http: app.http.clone(),
        }),
        mail: app.smtp.as_ref().map(|smtp| Mailer {
            outbox: app.outbox.clone(),
            smtp: smtp.clone(),
            renderer: app.renderer.clone(),
            account_url: app.site.url(routes::ACCOUNT),
        }),
        schedule,
    })
    .map_err(|e| CliError::failed("the background jobs cannot be started", e))
}

/// Runs both servers until a signal; what is being answered is answered first.
pub(super) async fn until_stopped(servers: Servers) -> Result<(), CliError> {
    let public = actix_web::rt::spawn(servers.public.server);
    let management = actix_web::rt::spawn(servers.management.server);
    signalled()
        .await
        .map_err(|e| CliError::failed("signals cannot be waited for", e))?;
    servers.public.handle.stop(true).await;
    servers.management.handle.stop(true).await;
    for server in [public, management] {
        if let Ok(Err(error)) = server.await {
            return Err(CliError::failed("the server has failed", error));
        }
    }
    Ok(())
}

async fn signalled() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

//! AWS credentials for a role: those of before while they are good, new ones otherwise.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::Zeroizing;

use super::Laptop;
use super::arguments::Wanted;
use super::private_file;
use super::roles::{RoleName, assigned, suggestion};
use super::session::{Call, Session};
use super::sts::{Assertion, assume_role, endpoint};
use crate::cli::CliError;
use crate::model::{AccountId, Secret, Span, Timestamp};
use crate::protocol::aws::StsCredentials;

const PATH: &str = "/api/v1/aws/assertions";
/// Credentials that end so soon are not handed out: the tool that asks will use them for a while.
const MARGIN: Span = Span::minutes(5);

/// Credentials on disk; the names are compared, because a file system may not tell `Admin` from `admin`. No `Debug`.
#[derive(Serialize, Deserialize)]
struct Kept {
    account_id: AccountId,
    role_name: RoleName,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Zeroizing<String>,
    expiration: Timestamp,
    assumed_role_arn: String,
    source_identity: Option<String>,
}

impl Kept {
    fn new(wanted: &Wanted, credentials: &StsCredentials) -> Result<Self, CliError> {
        let text = |secret: &Secret| {
            let text = secret
                .expose_text()
                .map_err(|e| CliError::failed("the credentials are not text", e))?;
            Ok::<_, CliError>(Zeroizing::new(text.to_owned()))
        };
        Ok(Self {
            account_id: wanted.role.account.clone(),
            role_name: wanted.role.role.clone(),
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: text(&credentials.secret_access_key)?,
            session_token: text(&credentials.session_token)?,
            expiration: credentials.expiration,
            assumed_role_arn: credentials.assumed_role_arn.clone(),
            source_identity: credentials.source_identity.clone(),
        })
    }

    fn is_good(&self, wanted: &Wanted, now: Timestamp) -> bool {
        self.account_id == wanted.role.account
            && self.role_name == wanted.role.role
            && self.expiration > now.plus(MARGIN)
    }

    fn credentials(self) -> StsCredentials {
        let secret = |text: &Zeroizing<String>| Secret::from_text(text.as_str().to_owned());
        StsCredentials {
            secret_access_key: secret(&self.secret_access_key),
            session_token: secret(&self.session_token),
            access_key_id: self.access_key_id,
            expiration: self.expiration,
            assumed_role_arn: self.assumed_role_arn,
            source_identity: self.source_identity,
        }
    }
}

/// Credentials for the role.
///
/// # Errors
/// Not signed in, denied, expired, or a server in difficulties.
pub fn credentials(laptop: &Laptop, wanted: &Wanted) -> Result<StsCredentials, CliError> {
    let session = Session::open(laptop, wanted.role.server.url.as_ref())?;
    let path = path(&session, wanted);
    if !wanted.no_cache
        && let Some(kept) = read(&path)?
        && kept.is_good(wanted, laptop.clock.now())
    {
        return Ok(kept.credentials());
    }
    let assertion = ask(&session, wanted)?;
    let sts = endpoint(
        wanted.sts_url.as_deref(),
        &laptop.settings,
        &assertion.sts_url,
    )?;
    let credentials = assume_role(&laptop.http, &sts, assertion)?;
    // A command that is meant for one account must not run in another.
    if credentials.account_id().as_ref() != Some(&wanted.role.account) {
        return Err(CliError::Refused(format!(
            "the credentials are for {} and not for account {}; nothing was done with them",
            credentials.assumed_role_arn, wanted.role.account
        )));
    }
    let octets = serde_json::to_vec(&Kept::new(wanted, &credentials)?)
        .map(Zeroizing::new)
        .map_err(|e| CliError::failed("the credentials cannot be kept", e))?;
    session.folder().keep_credentials(&path, &octets)?;
    Ok(credentials)
}

fn path(session: &Session<'_>, wanted: &Wanted) -> PathBuf {
    let name = format!("{}-{}.json", wanted.role.account, wanted.role.role);
    session.folder().credentials_folder().join(name)
}

/// A file that cannot be understood is as good as none: it is replaced.
fn read(path: &std::path::Path) -> Result<Option<Kept>, CliError> {
    let octets = private_file::read_private(path)?.map(Zeroizing::new);
    Ok(octets.and_then(|octets| serde_json::from_slice(&octets).ok()))
}

fn ask(session: &Session<'_>, wanted: &Wanted) -> Result<Assertion, CliError> {
    let body = json!({
        "account_id": wanted.role.account,
        "role_name": wanted.role.role,
    });
    match session.call(&Call::Post(PATH, body)) {
        Ok(reply) => reply.json(PATH),
        Err(CliError::Denied(said)) => Err(CliError::Denied(explained(session, wanted, said))),
        Err(other) => Err(other),
    }
}

/// A misspelt role is the commonest denial.
fn explained(session: &Session<'_>, wanted: &Wanted, said: String) -> String {
    let hint = assigned(session)
        .ok()
        .and_then(|roles| suggestion(&roles, &wanted.role.account, &wanted.role.role));
    match hint {
        Some(hint) => format!("{said}; {hint}"),
        None => said,
    }
}

/// One role's credentials that are kept, for `signet status`.
pub(super) struct KeptFacts {
    pub(super) account_id: AccountId,
    pub(super) role_name: RoleName,
    pub(super) expires_at: Timestamp,
}

/// What is kept and still good.
pub(super) fn kept(folder: &super::folder::ServerFolder, now: Timestamp) -> Vec<KeptFacts> {
    let Ok(entries) = std::fs::read_dir(folder.credentials_folder()) else {
        return Vec::new();
    };
    let mut found: Vec<KeptFacts> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| read(&entry.path()).ok().flatten())
        .filter(|kept| kept.expiration > now)
        .map(|kept| KeptFacts {
            account_id: kept.account_id,
            role_name: kept.role_name,
            expires_at: kept.expiration,
        })
        .collect();
    found.sort_by(|a, b| (&a.account_id, &a.role_name).cmp(&(&b.account_id, &b.role_name)));
    found
}

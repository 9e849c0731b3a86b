//! AWS for people: the management console, and credentials for the command line.

pub(super) mod command_line;
pub(super) mod console;
pub(super) mod sts;

use super::App;
use super::error::PageError;
use crate::model::{AccountId, AwsAccount, PermissionSet};

/// What a link names. Whoever is not signed in learns nothing of which accounts and permission sets there are: an unknown
/// pair is the same "no such page" as any other.
async fn named(
    app: &App,
    account_id: &str,
    role_name: &str,
) -> Result<(AwsAccount, PermissionSet), PageError> {
    let account_id = AccountId::parse(account_id).map_err(|_| PageError::NotFound)?;
    let pair = app
        .apps
        .account_and_permission_set(&account_id, role_name)
        .await?;
    pair.ok_or(PageError::NotFound)
}

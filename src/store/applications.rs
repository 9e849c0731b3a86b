//! Applications.

use super::{Row, StoreError, Txn};
use crate::model::{AppId, AppState, Application, ClientId, EntityId, Registration, fold_key};

const SAML: &str = "saml";
const OAUTH: &str = "oauth";

pub(super) const COLUMNS: &str =
    "a.id, a.name, a.state, a.protocol, a.registration, a.created_at, a.revision";

pub(super) fn read(row: &Row) -> Result<Application, StoreError> {
    let state = match row.text("state")?.as_str() {
        "enabled" => AppState::Enabled,
        "disabled" => AppState::Disabled,
        other => {
            return Err(StoreError::Data(format!(
                "\"{other}\" is no state of an application"
            )));
        }
    };
    Ok(Application {
        id: row.parse("id")?,
        name: row.text("name")?,
        state,
        registration: match row.text("protocol")?.as_str() {
            SAML => Registration::Saml(row.json("registration")?),
            OAUTH => Registration::Client(row.json("registration")?),
            other => {
                return Err(StoreError::Data(format!(
                    "\"{other}\" is no protocol of an application"
                )));
            }
        },
        created_at: row.time("created_at")?,
        revision: row.int("revision")?,
    })
}

fn state_word(state: AppState) -> &'static str {
    match state {
        AppState::Enabled => "enabled",
        AppState::Disabled => "disabled",
    }
}

const fn protocol(app: &Application) -> &'static str {
    match app.registration {
        Registration::Saml(_) => SAML,
        Registration::Client(_) => OAUTH,
    }
}

fn registration(app: &Application) -> Result<String, StoreError> {
    match &app.registration {
        Registration::Saml(saml) => serde_json::to_string(saml),
        Registration::Client(client) => serde_json::to_string(client),
    }
    .map_err(|error| StoreError::Data(error.to_string()))
}

/// An application by id.
///
/// # Errors
/// The engine's.
pub fn by_id(txn: &mut dyn Txn, id: &AppId) -> Result<Option<Application>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM applications a WHERE a.id = $1");
    let row = txn.query_opt(&sql, &[id.as_str().into()])?;
    row.as_ref().map(read).transpose()
}

/// An application by its entity id, exactly.
///
/// # Errors
/// The engine's.
pub fn by_entity_id(
    txn: &mut dyn Txn,
    entity_id: &EntityId,
) -> Result<Option<Application>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM applications a WHERE a.protocol = 'saml' AND a.entity_id = $1"
    );
    let row = txn.query_opt(&sql, &[entity_id.as_str().into()])?;
    row.as_ref().map(read).transpose()
}

/// An application by its client id, exactly.
///
/// # Errors
/// The engine's.
pub fn by_client_id(txn: &mut dyn Txn, id: &ClientId) -> Result<Option<Application>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM applications a WHERE a.protocol = 'oauth' AND a.entity_id = $1"
    );
    let row = txn.query_opt(&sql, &[id.as_str().into()])?;
    row.as_ref().map(read).transpose()
}

/// Every application, by name.
///
/// # Errors
/// The engine's.
pub fn list(txn: &mut dyn Txn) -> Result<Vec<Application>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM applications a ORDER BY a.name_key");
    txn.query(&sql, &[])?.iter().map(read).collect()
}

/// Another application with this name or entity id.
///
/// # Errors
/// The engine's.
pub fn other_with_name(
    txn: &mut dyn Txn,
    app: &Application,
) -> Result<Option<Application>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM applications a WHERE a.id <> $1 AND (a.name_key = $2 OR a.entity_id = $3)"
    );
    let row = txn.query_opt(
        &sql,
        &[
            app.id.as_str().into(),
            fold_key(&app.name).into(),
            app.registration.identifier().into(),
        ],
    )?;
    row.as_ref().map(read).transpose()
}

/// Stores a new application.
///
/// # Errors
/// The engine's.
pub fn insert(txn: &mut dyn Txn, app: &Application) -> Result<(), StoreError> {
    txn.execute(
        "INSERT INTO applications (id, name, name_key, state, entity_id, registration, created_at, revision, protocol)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            app.id.as_str().into(),
            app.name.as_str().into(),
            fold_key(&app.name).into(),
            state_word(app.state).into(),
            app.registration.identifier().into(),
            registration(app)?.into(),
            app.created_at.into(),
            app.revision.into(),
            protocol(app).into(),
        ],
    )?;
    Ok(())
}

/// Stores a change over the revision before it.
///
/// # Errors
/// The engine's.
pub fn update(txn: &mut dyn Txn, app: &Application) -> Result<bool, StoreError> {
    let updated = txn.execute(
        "UPDATE applications SET name = $2, name_key = $3, state = $4, entity_id = $5, registration = $6, revision = $7
         WHERE id = $1 AND revision = $7 - 1",
        &[
            app.id.as_str().into(),
            app.name.as_str().into(),
            fold_key(&app.name).into(),
            state_word(app.state).into(),
            app.registration.identifier().into(),
            registration(app)?.into(),
            app.revision.into(),
        ],
    )?;
    Ok(updated == 1)
}

/// Deletes an application at this revision, and with it its assignments.
///
/// # Errors
/// The engine's.
pub fn delete(txn: &mut dyn Txn, id: &AppId, revision: i64) -> Result<bool, StoreError> {
    let deleted = txn.execute(
        "DELETE FROM applications WHERE id = $1 AND revision = $2",
        &[id.as_str().into(), revision.into()],
    )?;
    Ok(deleted == 1)
}

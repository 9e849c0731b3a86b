//! What became of applications' attempts, for a day.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Row, StoreError, Txn};
use crate::model::{NamedTrace, Span, Timestamp, Trace};

/// Where a later step of a sign-in arrives: what the first one says of the endpoint stays.
pub const SIGN_IN: &str = "signin";

/// How long a trace is kept.
const KEPT: Span = Span::hours(24);

const COLUMNS: &str = "t.id, t.request_id, t.protocol, t.endpoint, t.app_id, t.named, t.user_id, t.outcome, t.rule, \
     t.causes, t.asked, t.answered, t.started_at, t.updated_at, a.name AS app_name, u.user_name";
const NAMED: &str =
    "traces t LEFT JOIN applications a ON a.id = t.app_id LEFT JOIN users u ON u.id = t.user_id";

fn read(row: &Row) -> Result<NamedTrace, StoreError> {
    let opt = |column| row.opt_text(column);
    Ok(NamedTrace {
        trace: Trace {
            id: row.text("id")?,
            request_id: row.parse("request_id")?,
            protocol: word(&row.text("protocol")?)?,
            endpoint: row.text("endpoint")?,
            app_id: opt("app_id")?.map(checked).transpose()?,
            named: opt("named")?,
            user_id: opt("user_id")?.map(checked).transpose()?,
            outcome: word(&row.text("outcome")?)?,
            rule: opt("rule")?,
            causes: row.json("causes")?,
            asked: row.json("asked")?,
            answered: row.json("answered")?,
            started_at: row.time("started_at")?,
            updated_at: row.time("updated_at")?,
        },
        app_name: opt("app_name")?,
        user_name: opt("user_name")?,
    })
}

/// Whether what is written is the later step: nodes write what they have seen in no order.
const LATER: &str = "excluded.updated_at > traces.updated_at OR (excluded.updated_at = traces.updated_at AND excluded.outcome <> 'waiting')";

/// Writes one, or goes on with the one of the same id: what a later step does not say stays as it was. A person who gives
/// up after a refusal leaves its reason.
///
/// # Errors
/// The engine's.
pub fn upsert(txn: &mut dyn Txn, trace: &Trace) -> Result<(), StoreError> {
    let later = |column: &str| {
        format!("{column} = CASE WHEN {LATER} THEN excluded.{column} ELSE traces.{column} END")
    };
    let reason = |column: &str| {
        format!(
            "{column} = CASE WHEN ({LATER}) AND (excluded.rule IS NULL OR excluded.rule <> 'declined' OR traces.rule IS NULL)
                 THEN excluded.{column} ELSE traces.{column} END"
        )
    };
    let changes = [
        later("request_id"),
        later("outcome"),
        later("answered"),
        later("updated_at"),
        later("expires_at"),
        reason("failing"),
        reason("causes"),
        reason("rule"),
    ]
    .join(", ");
    txn.execute(
        &format!(
            "INSERT INTO traces (id, request_id, protocol, endpoint, app_id, named, user_id, outcome, failing, rule, causes, asked,
                 answered, started_at, updated_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (id) DO UPDATE SET {changes},
                 endpoint = CASE WHEN excluded.endpoint = '{SIGN_IN}' THEN traces.endpoint ELSE excluded.endpoint END,
                 started_at = CASE WHEN excluded.started_at < traces.started_at THEN excluded.started_at ELSE traces.started_at END,
                 app_id = COALESCE(excluded.app_id, traces.app_id),
                 named = COALESCE(excluded.named, traces.named),
                 user_id = COALESCE(excluded.user_id, traces.user_id),
                 asked = CASE WHEN excluded.asked = '[]' THEN traces.asked ELSE excluded.asked END"
        ),
        &[
            trace.id.as_str().into(),
            trace.request_id.as_str().into(),
            plain(&trace.protocol)?.into(),
            trace.endpoint.as_str().into(),
            trace.app_id.as_ref().map(|id| id.as_str().to_owned()).into(),
            trace.named.clone().into(),
            trace.user_id.as_ref().map(|id| id.as_str().to_owned()).into(),
            trace.outcome.name().into(),
            trace.is_failing().into(),
            trace.rule.clone().into(),
            json(&trace.causes)?.into(),
            json(&trace.asked)?.into(),
            json(&trace.answered)?.into(),
            trace.started_at.into(),
            trace.updated_at.into(),
            trace.updated_at.plus(KEPT).into(),
        ],
    )?;
    Ok(())
}

/// The newest `most`, failing ones first.
///
/// # Errors
/// The engine's.
pub fn newest(
    txn: &mut dyn Txn,
    app_id: Option<&str>,
    most: i64,
    now: Timestamp,
) -> Result<Vec<NamedTrace>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {NAMED} WHERE t.expires_at > $1 AND ($2 = '' OR t.app_id = $2)
         ORDER BY t.failing DESC, t.started_at DESC, t.id LIMIT $3"
    );
    let params = [now.into(), app_id.unwrap_or_default().into(), most.into()];
    txn.query(&sql, &params)?.iter().map(read).collect()
}

/// By its id, or by the request id that a page has shown.
///
/// # Errors
/// The engine's.
pub fn find(txn: &mut dyn Txn, id: &str, now: Timestamp) -> Result<Option<NamedTrace>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {NAMED} WHERE (t.id = $1 OR t.request_id = $1) AND t.expires_at > $2
         ORDER BY t.started_at DESC LIMIT 1"
    );
    let row = txn.query_opt(&sql, &[id.into(), now.into()])?;
    row.as_ref().map(read).transpose()
}

/// Deletes all but the newest `most`.
///
/// # Errors
/// The engine's.
pub fn keep_newest(txn: &mut dyn Txn, most: i64) -> Result<u64, StoreError> {
    txn.execute(
        "DELETE FROM traces WHERE expires_at <
             (SELECT expires_at FROM traces ORDER BY expires_at DESC LIMIT 1 OFFSET $1)",
        &[most.into()],
    )
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Data(format!("a trace: {error}")))
}

/// An enum's name.
fn plain<T: Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

fn word<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_value(text.into())
        .map_err(|error| StoreError::Data(format!("a trace: {error}")))
}

fn checked<T>(text: String) -> Result<T, StoreError>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    T::try_from(text).map_err(|error| StoreError::Data(format!("a trace: {error}")))
}

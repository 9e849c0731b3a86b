//! Expired rows are deleted, and no others.

use signet::model::{Span, Timestamp};
use signet::store::{Store, StoreError, Swept, Txn, Value};

use crate::keys_audit::{START, wait};
use crate::store::engines::{TestDatabase, on_every_engine, rows};

on_every_engine!(
    what_is_over_is_deleted_and_nothing_else,
    a_call_deletes_one_batch_and_says_that_there_is_more,
    what_was_deleted_cannot_be_used_again_on_a_node_whose_clock_is_behind,
);

/// Tables with rows that expire; the column of their key, the column that says when, how long they are kept, and the
/// statement that makes a row ending at $2 under key $1.
const EXPIRING: [(&str, &str, &str, Span, &str); 17] = [
    (
        "pending_sign_ins",
        "id",
        "expires_at",
        Span::hours(1),
        "INSERT INTO pending_sign_ins (id, browser_hash, request_key, continuation, progress, created_at, expires_at, completed_at, revision)
         VALUES ($1, $1, 'r', '{}', '{}', 0, $2, NULL, 1)",
    ),
    (
        "saml_requests",
        "request_id",
        "expires_at",
        Span::hours(1),
        "INSERT INTO saml_requests (app_id, request_id, expires_at) VALUES ('a', $1, $2)",
    ),
    (
        "application_sessions",
        "id",
        "ends_at",
        Span::hours(1),
        "INSERT INTO application_sessions (id, session_id, app_id, user_id, name_id, created_at, ends_at)
         VALUES ($1, 's', 'a', 'u', 'n', 0, $2)",
    ),
    (
        "mail_outbox",
        "id",
        "expires_at",
        Span::hours(1),
        "INSERT INTO mail_outbox (id, user_id, kind, state, attempts, created_at, next_try_at, deadline, expires_at)
         VALUES ($1, 'u', 'notice', 'failed', 1, 0, 0, 0, $2)",
    ),
    (
        "api_tokens",
        "id",
        "expires_at",
        Span::days(30),
        "INSERT INTO api_tokens (id, token_hash, user_id, name, scopes, created_at, expires_at)
         VALUES ($1, $1, 'u', 'n', '[]', 0, $2)",
    ),
    (
        "approvals",
        "id",
        "expires_at",
        Span::days(30),
        "INSERT INTO approvals (id, fingerprint, change_name, about, detail, requested_by, created_at, expires_at)
         VALUES ($1, 'f', 'role', '[]', '', 'u', 0, $2)",
    ),
    (
        "browser_sessions",
        "id",
        "ends_at",
        Span::days(30),
        "INSERT INTO browser_sessions (id, secret_hash, user_id, authenticated_at, factors, created_at, last_seen_at, idle_ends_at, ends_at,
         user_agent, csrf_key, revoked_at) VALUES ($1, $1, 'u', 0, '[]', 0, 0, 0, $2, '', '', 0)",
    ),
    (
        "failure_counters",
        "counter_key",
        "expires_at",
        Span::hours(1),
        "INSERT INTO failure_counters (counter_key, failures, last_failure_at, expires_at) VALUES ($1, 1, 0, $2)",
    ),
    (
        "known_browsers",
        "browser_hash",
        "expires_at",
        Span::hours(1),
        "INSERT INTO known_browsers (browser_hash, user_id, created_at, expires_at) VALUES ($1, 'u', 0, $2)",
    ),
    (
        "traces",
        "id",
        "expires_at",
        Span::seconds(0),
        "INSERT INTO traces (id, request_id, protocol, endpoint, outcome, failing, causes, asked, answered, started_at, updated_at, expires_at)
         VALUES ($1, 'r', 'saml', 'sso', 'sent', 0, '[]', '[]', '[]', 0, 0, $2)",
    ),
    (
        "one_time_links",
        "token_hash",
        "expires_at",
        Span::hours(1),
        "INSERT INTO one_time_links (token_hash, user_id, purpose, created_at, expires_at, used_at) VALUES ($1, 'u', 'setup', 0, $2, NULL)",
    ),
    (
        "token_families",
        "id",
        "ends_at",
        Span::hours(1),
        "INSERT INTO token_families (id, app_id, user_id, session_id, offline, granted, created_at, ends_at)
         VALUES ($1, 'a', 'u', 's', 0, '{}', 0, $2)",
    ),
    (
        "authorization_codes",
        "code_hash",
        "expires_at",
        Span::hours(1),
        "INSERT INTO authorization_codes (code_hash, family_id, request, expires_at) VALUES ($1, 'open', '{}', $2)",
    ),
    (
        "refresh_tokens",
        "token_hash",
        "expires_at",
        Span::hours(1),
        "INSERT INTO refresh_tokens (token_hash, family_id, created_at, expires_at) VALUES ($1, 'open', 0, $2)",
    ),
    (
        "revoked_tokens",
        "jti",
        "expires_at",
        Span::hours(1),
        "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2)",
    ),
    (
        "client_assertions",
        "jti_hash",
        "expires_at",
        Span::hours(1),
        "INSERT INTO client_assertions (app_id, jti_hash, expires_at) VALUES ('a', $1, $2)",
    ),
    (
        "logout_outbox",
        "id",
        "expires_at",
        Span::hours(1),
        "INSERT INTO logout_outbox (id, app_id, subject, session_id, created_at, next_try_at, attempts, expires_at)
         VALUES ($1, 'a', 'u', 's', 0, 0, 0, $2)",
    ),
];

fn insert_user(txn: &mut dyn Txn) -> Result<u64, StoreError> {
    txn.execute(
        "INSERT INTO users (id, user_name, user_name_key, email, email_key, display_name, given_name, family_name, state, admin_role,
         source_identity, attributes, created_at, revision) VALUES ('u', 'u', 'u', 'u', 'u', '', '', '', 'active', 'none', 'u', '{}', 0, 1)",
        &[],
    )
}

fn insert_application(txn: &mut dyn Txn) -> Result<u64, StoreError> {
    txn.execute(
        "INSERT INTO applications (id, name, name_key, state, entity_id, registration, created_at, revision, protocol)
         VALUES ('a', 'a', 'a', 'enabled', 'a', '{}', 0, 1, 'oauth')",
        &[],
    )
}

fn write(store: &Store, sql: &'static str, params: Vec<Value>) {
    let changed = store.write_blocking(move |txn| txn.execute(sql, &params));
    assert_eq!(changed, Ok(1));
}

fn keys_of(store: &Store, table: &str, key: &str) -> Vec<String> {
    let sql = format!("SELECT {key} AS k FROM {table} ORDER BY {key}");
    let found = store
        .read_blocking(move |txn| txn.query(&sql, &[]))
        .unwrap();
    found.iter().map(|row| row.text("k").unwrap()).collect()
}

fn sweep(store: &Store, now: Timestamp) -> Swept {
    wait(store.sweep(now)).unwrap()
}

fn what_is_over_is_deleted_and_nothing_else(db: &TestDatabase) {
    let store = db.store();
    store.write_blocking(insert_user).unwrap();
    store.write_blocking(insert_application).unwrap();
    for (.., kept, insert) in EXPIRING {
        let last = START.minus(kept);
        let ends = [
            ("ended", last),
            ("kept", last.plus(Span::millis(1))),
            ("open", START.plus(Span::millis(1))),
        ];
        for (key, end) in ends {
            write(store, insert, vec![key.into(), end.into()]);
        }
    }
    let swept = sweep(store, START);
    assert_eq!(
        swept,
        Swept {
            rows: EXPIRING.len() as u64,
            more: false
        }
    );
    for (table, key, ..) in EXPIRING {
        assert_eq!(keys_of(store, table, key), ["kept", "open"], "{table}");
    }
    assert_eq!(keys_of(store, "users", "id"), ["u"]);
    assert_eq!(sweep(store, START).rows, 0);
}

/// Every table whose rows have an end is swept: a new one must be added to the sweep, or here with the reason.
#[test]
fn no_table_with_an_end_is_forgotten() {
    let db = TestDatabase::new(crate::store::engines::EngineKind::SqliteInMemory);
    let sql = "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m, pragma_table_info(m.name) c
               WHERE m.type = 'table' AND c.name IN ('expires_at', 'ends_at') ORDER BY m.name";
    let ending: Vec<(String, String)> = rows(db.store(), sql, vec![])
        .iter()
        .map(|row| {
            (
                row.text("table_name").unwrap(),
                row.text("column_name").unwrap(),
            )
        })
        // One row a job: it is taken over, not deleted. One a person, which the next one replaces and which goes with them
        // (`address_changes` is swept all the same: it holds an address). A person whose time is over is sent away.
        .filter(|(table, _)| {
            let one_each = ["leases", "address_changes", "recovery_passes", "users"];
            !one_each.contains(&table.as_str())
        })
        .collect();
    let mut swept: Vec<(String, String)> = EXPIRING
        .iter()
        .map(|(table, _, column, ..)| ((*table).to_owned(), (*column).to_owned()))
        .collect();
    swept.sort();
    assert_eq!(ending, swept);
}

fn a_call_deletes_one_batch_and_says_that_there_is_more(db: &TestDatabase) {
    let store = db.store();
    let (.., insert) = EXPIRING[1];
    store
        .write_blocking(move |txn| {
            (0..450).try_for_each(|n: i64| {
                txn.execute(insert, &[format!("{n}").as_str().into(), n.into()])
                    .map(drop)
            })
        })
        .unwrap();
    let calls: Vec<Swept> = (0..3).map(|_| sweep(store, START)).collect();
    let expected = [(200, true), (200, true), (50, false)].map(|(rows, more)| Swept { rows, more });
    assert_eq!(calls, expected);
}

/// Between them an hour: what one takes for long over, the other one has yet to refuse as a replay.
fn what_was_deleted_cannot_be_used_again_on_a_node_whose_clock_is_behind(db: &TestDatabase) {
    let store = db.store();
    let (.., insert) = EXPIRING[1];
    let behind = START.minus(Span::minutes(59));
    write(
        store,
        insert,
        vec!["request".into(), behind.plus(Span::millis(1)).into()],
    );
    sweep(store, START);
    assert_eq!(keys_of(store, "saml_requests", "request_id"), ["request"]);
}

//! Deletion of rows whose time is over, in batches that nobody has to wait for.

use super::{Store, StoreError};
use crate::model::{Span, Timestamp};

/// Rows of one table in one transaction: a few milliseconds of the writer.
const BATCH: i64 = 200;

/// Nodes' clocks differ. A row is deleted only when it is over by every one of them: a replayed SAML request must not be
/// new to a node that is behind (security.md S-05).
const CLOCKS_DIFFER: Span = Span::hours(1);

/// How long an ended browser session is still listed.
const SESSIONS_LISTED: Span = Span::days(30);

/// Rows that may be deleted so long after their end.
struct Expired {
    kept: Span,
    sql: &'static str,
}

/// What a foreign key needs is deleted after what needs it. Rows of `write_keys` are PostgreSQL's own and are deleted by
/// its connections. A session that ended by idling or revocation is kept until its absolute end has come as well: that
/// is the time with an index.
const EXPIRED: [Expired; 18] = [
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM pending_sign_ins WHERE id IN \
            (SELECT id FROM pending_sign_ins WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM saml_requests WHERE (app_id, request_id) IN \
            (SELECT app_id, request_id FROM saml_requests WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM application_sessions WHERE id IN \
            (SELECT id FROM application_sessions WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM authorization_codes WHERE code_hash IN \
            (SELECT code_hash FROM authorization_codes WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM refresh_tokens WHERE token_hash IN \
            (SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM token_families WHERE id IN \
            (SELECT id FROM token_families WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM revoked_tokens WHERE jti IN \
            (SELECT jti FROM revoked_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM client_assertions WHERE (app_id, jti_hash) IN \
            (SELECT app_id, jti_hash FROM client_assertions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM logout_outbox WHERE id IN \
            (SELECT id FROM logout_outbox WHERE expires_at <= $1 LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM mail_outbox WHERE id IN \
            (SELECT id FROM mail_outbox WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: SESSIONS_LISTED,
        sql: "DELETE FROM api_tokens WHERE id IN \
            (SELECT id FROM api_tokens WHERE expires_at <= $1 LIMIT $2)",
    },
    Expired {
        kept: SESSIONS_LISTED,
        sql: "DELETE FROM browser_sessions WHERE id IN \
            (SELECT id FROM browser_sessions WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM failure_counters WHERE counter_key IN \
            (SELECT counter_key FROM failure_counters WHERE expires_at <= $1 LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM known_browsers WHERE (browser_hash, user_id) IN \
            (SELECT browser_hash, user_id FROM known_browsers WHERE expires_at <= $1 LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM one_time_links WHERE token_hash IN \
            (SELECT token_hash FROM one_time_links WHERE expires_at <= $1 LIMIT $2)",
    },
    Expired {
        kept: CLOCKS_DIFFER,
        sql: "DELETE FROM address_changes WHERE user_id IN \
            (SELECT user_id FROM address_changes WHERE expires_at <= $1 LIMIT $2)",
    },
    Expired {
        kept: SESSIONS_LISTED,
        sql: "DELETE FROM approvals WHERE id IN \
            (SELECT id FROM approvals WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
    Expired {
        kept: Span::seconds(0),
        sql: "DELETE FROM traces WHERE id IN \
            (SELECT id FROM traces WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
    },
];

/// What one call of [`Store::sweep`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Rows deleted.
    pub rows: u64,
    /// Whether another call would find more.
    pub more: bool,
}

impl Store {
    /// Deletes at most one batch of each table's expired rows, each in a transaction of its own, so that other writes
    /// come between.
    ///
    /// # Errors
    /// The engine's; what was deleted until then stays deleted.
    pub async fn sweep(&self, now: Timestamp) -> Result<Swept, StoreError> {
        let mut swept = Swept {
            rows: 0,
            more: false,
        };
        for expired in &EXPIRED {
            let sql = expired.sql;
            let params = [now.minus(expired.kept).into(), BATCH.into()];
            let rows = self.write(move |txn| txn.execute(sql, &params)).await?;
            swept.rows = swept.rows.saturating_add(rows);
            swept.more |= rows >= BATCH.unsigned_abs();
        }
        Ok(swept)
    }
}

-- Mail on its way, people who are invited, tokens of the API.
CREATE TABLE mail_outbox (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  sealed_message TEXT,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  last_reply TEXT,
  created_at INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_outbox_due ON mail_outbox (state, next_try_at);
CREATE INDEX mail_outbox_user ON mail_outbox (user_id);
CREATE INDEX mail_outbox_expiry ON mail_outbox (expires_at);
CREATE TABLE api_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_tokens_user ON api_tokens (user_id);
ALTER TABLE users ADD COLUMN proofs_from INTEGER NOT NULL DEFAULT 0;

-- Mail on its way, people who are invited, tokens of the API.
CREATE TABLE mail_outbox (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT COLLATE "C" NOT NULL,
  sealed_message TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL,
  attempts BIGINT NOT NULL,
  last_reply TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  next_try_at BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX mail_outbox_due ON mail_outbox (state, next_try_at);
CREATE INDEX mail_outbox_user ON mail_outbox (user_id);
CREATE INDEX mail_outbox_expiry ON mail_outbox (expires_at);
CREATE TABLE api_tokens (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT COLLATE "C" NOT NULL,
  scopes TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);
ALTER TABLE users ADD COLUMN proofs_from BIGINT NOT NULL DEFAULT 0;

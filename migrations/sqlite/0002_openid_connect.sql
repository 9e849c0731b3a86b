-- OpenID Connect: clients beside service providers, codes, token families, consents, logout.
ALTER TABLE applications ADD COLUMN protocol TEXT NOT NULL DEFAULT 'saml';
CREATE TABLE client_secrets (
  secret_hash TEXT NOT NULL PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX client_secrets_app ON client_secrets (app_id);
CREATE TABLE client_assertions (
  app_id TEXT NOT NULL,
  jti_hash TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, jti_hash)
) STRICT;
CREATE INDEX client_assertions_expiry ON client_assertions (expires_at);
CREATE TABLE token_families (
  id TEXT NOT NULL PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  session_id TEXT,
  offline INTEGER NOT NULL,
  granted TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX token_families_user ON token_families (user_id);
CREATE INDEX token_families_session ON token_families (session_id);
CREATE INDEX token_families_expiry ON token_families (ends_at);
CREATE TABLE authorization_codes (
  code_hash TEXT NOT NULL PRIMARY KEY,
  family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  request TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  consumed_at INTEGER
) STRICT;
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);
CREATE TABLE refresh_tokens (
  token_hash TEXT NOT NULL PRIMARY KEY,
  family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  replaces TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  consumed_at INTEGER
) STRICT;
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
CREATE TABLE revoked_tokens (
  jti TEXT NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);
CREATE TABLE consents (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  app_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, app_id)
) STRICT;
CREATE TABLE logout_outbox (
  id TEXT NOT NULL PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  next_try_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logout_outbox_due ON logout_outbox (next_try_at);

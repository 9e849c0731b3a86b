-- OpenID Connect: clients beside service providers, codes, token families, consents, logout.
ALTER TABLE applications ADD COLUMN protocol TEXT COLLATE "C" NOT NULL DEFAULT 'saml';
CREATE TABLE client_secrets (
  secret_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL
);
CREATE INDEX client_secrets_app ON client_secrets (app_id);
CREATE TABLE client_assertions (
  app_id TEXT COLLATE "C" NOT NULL,
  jti_hash TEXT COLLATE "C" NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (app_id, jti_hash)
);
CREATE INDEX client_assertions_expiry ON client_assertions (expires_at);
CREATE TABLE token_families (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  session_id TEXT COLLATE "C",
  offline BIGINT NOT NULL,
  granted TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX token_families_user ON token_families (user_id);
CREATE INDEX token_families_session ON token_families (session_id);
CREATE INDEX token_families_expiry ON token_families (ends_at);
CREATE TABLE authorization_codes (
  code_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  family_id TEXT COLLATE "C" NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  request TEXT COLLATE "C" NOT NULL,
  expires_at BIGINT NOT NULL,
  consumed_at BIGINT
);
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);
CREATE TABLE refresh_tokens (
  token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  family_id TEXT COLLATE "C" NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  replaces TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  consumed_at BIGINT
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);
CREATE TABLE revoked_tokens (
  jti TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_expiry ON revoked_tokens (expires_at);
CREATE TABLE consents (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  scopes TEXT COLLATE "C" NOT NULL,
  granted_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, app_id)
);
CREATE TABLE logout_outbox (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  subject TEXT COLLATE "C" NOT NULL,
  session_id TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  next_try_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX logout_outbox_due ON logout_outbox (next_try_at);

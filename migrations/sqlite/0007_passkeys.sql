-- Passkeys and security keys; names of factors and when they were last used; passes for whoever has lost them all.
CREATE TABLE webauthn_credentials (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT;
CREATE INDEX webauthn_credentials_user ON webauthn_credentials (user_id);
ALTER TABLE totp_devices ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE totp_devices ADD COLUMN last_used_at INTEGER;
ALTER TABLE users ADD COLUMN second_factors_from INTEGER NOT NULL DEFAULT 0;
CREATE TABLE recovery_passes (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  pass_hash TEXT,
  expires_at INTEGER NOT NULL,
  required INTEGER NOT NULL
) STRICT;

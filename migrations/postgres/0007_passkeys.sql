-- Passkeys and security keys; names of factors and when they were last used; passes for whoever has lost them all.
CREATE TABLE webauthn_credentials (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id TEXT COLLATE "C" NOT NULL UNIQUE,
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX webauthn_credentials_user ON webauthn_credentials (user_id);
ALTER TABLE totp_devices ADD COLUMN name TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE totp_devices ADD COLUMN last_used_at BIGINT;
ALTER TABLE users ADD COLUMN second_factors_from BIGINT NOT NULL DEFAULT 0;
CREATE TABLE recovery_passes (
  user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  pass_hash TEXT COLLATE "C",
  expires_at BIGINT NOT NULL,
  required BIGINT NOT NULL
);

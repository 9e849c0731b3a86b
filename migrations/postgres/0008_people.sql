-- A person's day: marked and recent roles, addresses that are being confirmed, when people come and go, what is protected.
CREATE TABLE role_marks (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES aws_accounts (id) ON DELETE CASCADE,
  permission_set_id TEXT COLLATE "C" NOT NULL REFERENCES permission_sets (id) ON DELETE CASCADE,
  favourite BIGINT NOT NULL,
  last_used_at BIGINT,
  PRIMARY KEY (user_id, account_id, permission_set_id)
);
CREATE TABLE address_changes (
  user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  email TEXT COLLATE "C" NOT NULL,
  former_hash TEXT COLLATE "C",
  new_hash TEXT COLLATE "C",
  former_email TEXT COLLATE "C" NOT NULL,
  begun_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX address_changes_former ON address_changes (former_hash);
CREATE INDEX address_changes_new ON address_changes (new_hash);
ALTER TABLE users ADD COLUMN starts_at BIGINT;
ALTER TABLE users ADD COLUMN ends_at BIGINT;
CREATE INDEX users_ends ON users (ends_at);
CREATE TABLE protected (
  kind TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  protected_at BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE TABLE approvals (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  fingerprint TEXT COLLATE "C" NOT NULL,
  change_name TEXT COLLATE "C" NOT NULL,
  about TEXT COLLATE "C" NOT NULL,
  detail TEXT COLLATE "C" NOT NULL,
  requested_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  agreed_by TEXT COLLATE "C",
  agreed_at BIGINT,
  used_at BIGINT,
  used_in TEXT COLLATE "C"
);
CREATE INDEX approvals_fingerprint ON approvals (fingerprint, requested_by);
CREATE INDEX approvals_expiry ON approvals (expires_at);

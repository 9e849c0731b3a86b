-- A person's day: marked and recent roles, addresses that are being confirmed, when people come and go, what is protected.
CREATE TABLE role_marks (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  account_id TEXT NOT NULL REFERENCES aws_accounts (id) ON DELETE CASCADE,
  permission_set_id TEXT NOT NULL REFERENCES permission_sets (id) ON DELETE CASCADE,
  favourite INTEGER NOT NULL,
  last_used_at INTEGER,
  PRIMARY KEY (user_id, account_id, permission_set_id)
) STRICT;
CREATE TABLE address_changes (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  former_hash TEXT,
  new_hash TEXT,
  former_email TEXT NOT NULL,
  begun_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX address_changes_former ON address_changes (former_hash);
CREATE INDEX address_changes_new ON address_changes (new_hash);
ALTER TABLE users ADD COLUMN starts_at INTEGER;
ALTER TABLE users ADD COLUMN ends_at INTEGER;
CREATE INDEX users_ends ON users (ends_at);
CREATE TABLE protected (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  protected_at INTEGER NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT;
CREATE TABLE approvals (
  id TEXT NOT NULL PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  change_name TEXT NOT NULL,
  about TEXT NOT NULL,
  detail TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  agreed_by TEXT,
  agreed_at INTEGER,
  used_at INTEGER,
  used_in TEXT
) STRICT;
CREATE INDEX approvals_fingerprint ON approvals (fingerprint, requested_by);
CREATE INDEX approvals_expiry ON approvals (expires_at);

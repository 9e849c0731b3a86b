-- The spine: instance, keys, people, credentials, sessions, applications, AWS, audit.
CREATE TABLE instance (
  id TEXT NOT NULL PRIMARY KEY CHECK (id = 'self'),
  public_url TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  oidc_issuer TEXT NOT NULL,
  rp_id TEXT NOT NULL,
  canary TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  configuration_revision INTEGER NOT NULL
) STRICT;
CREATE TABLE data_keys (
  id TEXT NOT NULL PRIMARY KEY,
  master_key_id TEXT NOT NULL,
  wrapped TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE signing_keys (
  id TEXT NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  state TEXT NOT NULL,
  sealed_private TEXT,
  certificate TEXT NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  state_changed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE person_keys (
  person_id TEXT NOT NULL PRIMARY KEY,
  sealed_key TEXT,
  created_at INTEGER NOT NULL,
  destroyed_at INTEGER
) STRICT;
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  user_name TEXT NOT NULL,
  user_name_key TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  given_name TEXT NOT NULL,
  family_name TEXT NOT NULL,
  state TEXT NOT NULL,
  admin_role TEXT NOT NULL,
  source_identity TEXT NOT NULL UNIQUE,
  attributes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE TABLE used_identifiers (
  kind TEXT NOT NULL,
  identifier TEXT NOT NULL,
  person_id TEXT NOT NULL,
  PRIMARY KEY (kind, identifier)
) STRICT;
CREATE TABLE groups (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE TABLE memberships (
  group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (group_id, user_id)
) STRICT;
CREATE INDEX memberships_user ON memberships (user_id);
CREATE TABLE passwords (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  phc TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE totp_devices (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret TEXT NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX totp_devices_user ON totp_devices (user_id);
CREATE TABLE recovery_codes (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (user_id, code_hash)
) STRICT;
CREATE TABLE failure_counters (
  counter_key TEXT NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE known_browsers (
  browser_hash TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (browser_hash, user_id)
) STRICT;
CREATE TABLE one_time_links (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE TABLE pending_sign_ins (
  id TEXT NOT NULL PRIMARY KEY,
  browser_hash TEXT NOT NULL,
  request_key TEXT NOT NULL,
  continuation TEXT NOT NULL,
  progress TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  completed_at INTEGER,
  revision INTEGER NOT NULL,
  UNIQUE (browser_hash, request_key)
) STRICT;
CREATE INDEX pending_sign_ins_expiry ON pending_sign_ins (expires_at);
CREATE TABLE browser_sessions (
  id TEXT NOT NULL PRIMARY KEY,
  secret_hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  authenticated_at INTEGER NOT NULL,
  factors TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  idle_ends_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  csrf_key TEXT NOT NULL,
  revoked_at INTEGER
) STRICT;
CREATE INDEX browser_sessions_user ON browser_sessions (user_id);
CREATE INDEX browser_sessions_expiry ON browser_sessions (ends_at);
CREATE TABLE applications (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  entity_id TEXT NOT NULL UNIQUE,
  registration TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE TABLE application_assignments (
  app_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  principal_kind TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  PRIMARY KEY (app_id, principal_kind, principal_id)
) STRICT;
CREATE INDEX application_assignments_principal ON application_assignments (principal_kind, principal_id);
CREATE TABLE name_ids (
  user_id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  name_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, app_id),
  UNIQUE (app_id, name_id)
) STRICT;
CREATE TABLE saml_requests (
  app_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, request_id)
) STRICT;
CREATE INDEX saml_requests_expiry ON saml_requests (expires_at);
CREATE TABLE application_sessions (
  id TEXT NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL,
  app_id TEXT,
  user_id TEXT NOT NULL,
  name_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX application_sessions_session ON application_sessions (session_id);
CREATE INDEX application_sessions_expiry ON application_sessions (ends_at);
CREATE TABLE aws_accounts (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  partition_name TEXT NOT NULL,
  provider_name TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE TABLE permission_sets (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE TABLE account_assignments (
  account_id TEXT NOT NULL REFERENCES aws_accounts (id) ON DELETE CASCADE,
  permission_set_id TEXT NOT NULL REFERENCES permission_sets (id) ON DELETE CASCADE,
  principal_kind TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  PRIMARY KEY (account_id, permission_set_id, principal_kind, principal_id)
) STRICT;
CREATE INDEX account_assignments_principal ON account_assignments (principal_kind, principal_id);
CREATE TABLE policies (
  id TEXT NOT NULL PRIMARY KEY,
  scope_kind TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  body TEXT NOT NULL,
  revision INTEGER NOT NULL,
  UNIQUE (scope_kind, scope_id)
) STRICT;
CREATE TABLE audit_records (
  stream_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (stream_id, sequence)
) STRICT;
CREATE INDEX audit_records_at ON audit_records (at);
CREATE TABLE audit_checkpoints (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT;
CREATE TABLE write_keys (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

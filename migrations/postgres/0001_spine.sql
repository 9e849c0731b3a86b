-- The spine: instance, keys, people, credentials, sessions, applications, AWS, audit.
CREATE TABLE instance (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id = 'self'),
  public_url TEXT COLLATE "C" NOT NULL,
  entity_id TEXT COLLATE "C" NOT NULL,
  oidc_issuer TEXT COLLATE "C" NOT NULL,
  rp_id TEXT COLLATE "C" NOT NULL,
  canary TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  configuration_revision BIGINT NOT NULL
);
CREATE TABLE data_keys (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  master_key_id TEXT COLLATE "C" NOT NULL,
  wrapped TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE signing_keys (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  purpose TEXT COLLATE "C" NOT NULL,
  algorithm TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  sealed_private TEXT COLLATE "C",
  certificate TEXT COLLATE "C" NOT NULL,
  not_before BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  state_changed_at BIGINT NOT NULL
);
CREATE TABLE person_keys (
  person_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  sealed_key TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  destroyed_at BIGINT
);
CREATE TABLE users (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_name TEXT COLLATE "C" NOT NULL,
  user_name_key TEXT COLLATE "C" NOT NULL UNIQUE,
  email TEXT COLLATE "C" NOT NULL,
  email_key TEXT COLLATE "C" NOT NULL UNIQUE,
  display_name TEXT COLLATE "C" NOT NULL,
  given_name TEXT COLLATE "C" NOT NULL,
  family_name TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  admin_role TEXT COLLATE "C" NOT NULL,
  source_identity TEXT COLLATE "C" NOT NULL UNIQUE,
  attributes TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE TABLE used_identifiers (
  kind TEXT COLLATE "C" NOT NULL,
  identifier TEXT COLLATE "C" NOT NULL,
  person_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, identifier)
);
CREATE TABLE groups (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  name_key TEXT COLLATE "C" NOT NULL UNIQUE,
  description TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE TABLE memberships (
  group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);
CREATE TABLE passwords (
  user_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  phc TEXT COLLATE "C" NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE TABLE totp_devices (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret TEXT COLLATE "C" NOT NULL,
  confirmed_at BIGINT,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX totp_devices_user ON totp_devices (user_id);
CREATE TABLE recovery_codes (
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (user_id, code_hash)
);
CREATE TABLE failure_counters (
  counter_key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  failures BIGINT NOT NULL,
  last_failure_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE known_browsers (
  browser_hash TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (browser_hash, user_id)
);
CREATE TABLE one_time_links (
  token_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE TABLE pending_sign_ins (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  browser_hash TEXT COLLATE "C" NOT NULL,
  request_key TEXT COLLATE "C" NOT NULL,
  continuation TEXT COLLATE "C" NOT NULL,
  progress TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  completed_at BIGINT,
  revision BIGINT NOT NULL,
  UNIQUE (browser_hash, request_key)
);
CREATE INDEX pending_sign_ins_expiry ON pending_sign_ins (expires_at);
CREATE TABLE browser_sessions (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  secret_hash TEXT COLLATE "C" NOT NULL UNIQUE,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  authenticated_at BIGINT NOT NULL,
  factors TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  idle_ends_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  user_agent TEXT COLLATE "C" NOT NULL,
  csrf_key TEXT COLLATE "C" NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX browser_sessions_user ON browser_sessions (user_id);
CREATE INDEX browser_sessions_expiry ON browser_sessions (ends_at);
CREATE TABLE applications (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  name_key TEXT COLLATE "C" NOT NULL UNIQUE,
  state TEXT COLLATE "C" NOT NULL,
  entity_id TEXT COLLATE "C" NOT NULL UNIQUE,
  registration TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  revision BIGINT NOT NULL
);
CREATE TABLE application_assignments (
  app_id TEXT COLLATE "C" NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  principal_kind TEXT COLLATE "C" NOT NULL,
  principal_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (app_id, principal_kind, principal_id)
);
CREATE INDEX application_assignments_principal ON application_assignments (principal_kind, principal_id);
CREATE TABLE name_ids (
  user_id TEXT COLLATE "C" NOT NULL,
  app_id TEXT COLLATE "C" NOT NULL,
  name_id TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, app_id),
  UNIQUE (app_id, name_id)
);
CREATE TABLE saml_requests (
  app_id TEXT COLLATE "C" NOT NULL,
  request_id TEXT COLLATE "C" NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (app_id, request_id)
);
CREATE INDEX saml_requests_expiry ON saml_requests (expires_at);
CREATE TABLE application_sessions (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  session_id TEXT COLLATE "C" NOT NULL,
  app_id TEXT COLLATE "C",
  user_id TEXT COLLATE "C" NOT NULL,
  name_id TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
);
CREATE INDEX application_sessions_session ON application_sessions (session_id);
CREATE INDEX application_sessions_expiry ON application_sessions (ends_at);
CREATE TABLE aws_accounts (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  email TEXT COLLATE "C" NOT NULL,
  partition_name TEXT COLLATE "C" NOT NULL,
  provider_name TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL
);
CREATE TABLE permission_sets (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  body TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL
);
CREATE TABLE account_assignments (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES aws_accounts (id) ON DELETE CASCADE,
  permission_set_id TEXT COLLATE "C" NOT NULL REFERENCES permission_sets (id) ON DELETE CASCADE,
  principal_kind TEXT COLLATE "C" NOT NULL,
  principal_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, permission_set_id, principal_kind, principal_id)
);
CREATE INDEX account_assignments_principal ON account_assignments (principal_kind, principal_id);
CREATE TABLE policies (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  scope_kind TEXT COLLATE "C" NOT NULL,
  scope_id TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  revision BIGINT NOT NULL,
  UNIQUE (scope_kind, scope_id)
);
CREATE TABLE audit_records (
  stream_id TEXT COLLATE "C" NOT NULL,
  sequence BIGINT NOT NULL,
  id TEXT COLLATE "C" NOT NULL UNIQUE,
  at BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  previous_hash TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (stream_id, sequence)
);
CREATE INDEX audit_records_at ON audit_records (at);
CREATE TABLE audit_checkpoints (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  key_id TEXT COLLATE "C" NOT NULL,
  signature TEXT COLLATE "C" NOT NULL
);
CREATE TABLE write_keys (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL
);
CREATE TABLE leases (
  name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  holder TEXT COLLATE "C" NOT NULL,
  expires_at BIGINT NOT NULL
);

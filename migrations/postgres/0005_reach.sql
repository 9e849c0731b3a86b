-- How far rights reach: accounts found by path and label, groups in groups and by rule; whether the roles are there.
ALTER TABLE aws_accounts ADD COLUMN path TEXT COLLATE "C" NOT NULL DEFAULT '/';
ALTER TABLE aws_accounts ADD COLUMN labels TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE aws_accounts ADD COLUMN colour TEXT COLLATE "C" NOT NULL DEFAULT 'none';
CREATE TABLE account_labels (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES aws_accounts (id) ON DELETE CASCADE,
  label TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, label)
);
CREATE TABLE account_rules (
  selector_kind TEXT COLLATE "C" NOT NULL,
  selector TEXT COLLATE "C" NOT NULL,
  permission_set_id TEXT COLLATE "C" NOT NULL REFERENCES permission_sets (id) ON DELETE CASCADE,
  principal_kind TEXT COLLATE "C" NOT NULL,
  principal_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (selector_kind, selector, permission_set_id, principal_kind, principal_id)
);
CREATE INDEX account_rules_principal ON account_rules (principal_kind, principal_id);
CREATE TABLE nested_groups (
  group_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  member_id TEXT COLLATE "C" NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, member_id)
);
CREATE INDEX nested_groups_member ON nested_groups (member_id);
CREATE TABLE group_rules (
  group_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
  rule TEXT COLLATE "C" NOT NULL
);
CREATE TABLE role_checks (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES aws_accounts (id) ON DELETE CASCADE,
  permission_set_id TEXT COLLATE "C" NOT NULL REFERENCES permission_sets (id) ON DELETE CASCADE,
  checked_at BIGINT NOT NULL,
  in_place BIGINT NOT NULL,
  cause TEXT COLLATE "C" NOT NULL,
  fix TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, permission_set_id)
);

-- What a large organisation needs. Pages of the audit end and begin anywhere, also where very many records were made in one moment.
CREATE INDEX audit_records_time ON audit_records (at, stream_id, sequence);
DROP INDEX audit_records_at;
CREATE INDEX audit_records_kind ON audit_records (kind, at);
-- By what a person is found: one text, so that looking through everybody reads one index and nothing else.
ALTER TABLE users ADD COLUMN search_key TEXT NOT NULL DEFAULT '';
UPDATE users SET search_key = user_name_key || ' ' || email_key || ' ' || LOWER(display_name);
CREATE INDEX users_search ON users (user_name_key, search_key);

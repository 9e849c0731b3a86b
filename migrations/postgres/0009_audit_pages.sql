-- Pages of the audit end and begin anywhere, also where very many records were made in one moment.
CREATE INDEX audit_records_time ON audit_records (at, stream_id, sequence);
DROP INDEX audit_records_at;

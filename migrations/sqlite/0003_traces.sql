-- What became of each attempt of an application, for a day.
CREATE TABLE traces (
  id TEXT NOT NULL PRIMARY KEY,
  request_id TEXT NOT NULL,
  protocol TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  app_id TEXT,
  named TEXT,
  user_id TEXT,
  outcome TEXT NOT NULL,
  failing INTEGER NOT NULL,
  rule TEXT,
  causes TEXT NOT NULL,
  asked TEXT NOT NULL,
  answered TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX traces_failing_first ON traces (failing, started_at);
CREATE INDEX traces_expiry ON traces (expires_at);

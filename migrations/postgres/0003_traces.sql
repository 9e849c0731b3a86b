-- What became of each attempt of an application, for a day.
CREATE TABLE traces (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  request_id TEXT COLLATE "C" NOT NULL,
  protocol TEXT COLLATE "C" NOT NULL,
  endpoint TEXT COLLATE "C" NOT NULL,
  app_id TEXT COLLATE "C",
  named TEXT COLLATE "C",
  user_id TEXT COLLATE "C",
  outcome TEXT COLLATE "C" NOT NULL,
  failing BIGINT NOT NULL,
  rule TEXT COLLATE "C",
  causes TEXT COLLATE "C" NOT NULL,
  asked TEXT COLLATE "C" NOT NULL,
  answered TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX traces_failing_first ON traces (failing, started_at);
CREATE INDEX traces_expiry ON traces (expires_at);

-- The portal's own addresses: the latest is the portal's, the others lead to it.
CREATE TABLE portal_addresses (
  address TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  set_at BIGINT NOT NULL
);

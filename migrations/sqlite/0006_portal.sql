-- The portal's own addresses: the latest is the portal's, the others lead to it.
CREATE TABLE portal_addresses (
  address TEXT NOT NULL PRIMARY KEY,
  set_at INTEGER NOT NULL
) STRICT;

CREATE TABLE mocs (
  id uuid PRIMARY KEY,
  title text NOT NULL,
  description text NOT NULL,
  piece_count integer NOT NULL CHECK (piece_count > 0),
  tags text[] NOT NULL,
  created_at timestamptz(3) NOT NULL
);

-- The order of the list, which a page goes on from.
CREATE INDEX mocs_newest ON mocs (created_at DESC, id DESC);

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  fingerprint text NOT NULL,
  moc_id uuid NOT NULL REFERENCES mocs (id) ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);

CREATE INDEX idempotency_keys_expired ON idempotency_keys (expires_at);

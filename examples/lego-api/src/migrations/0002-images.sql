CREATE TABLE images (
  id uuid PRIMARY KEY,
  moc_id uuid NOT NULL REFERENCES mocs (id) ON DELETE CASCADE,
  content_type text NOT NULL,
  size_bytes integer NOT NULL CHECK (size_bytes > 0),
  created_at timestamptz(3) NOT NULL,
  uploaded_at timestamptz(3)
);

CREATE INDEX images_of_moc ON images (moc_id, created_at DESC, id DESC);

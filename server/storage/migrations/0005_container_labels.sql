-- The labels of every container that was ever seen, gone or not: they decide who may see what is told of it. `labels`
-- is JSON; a container's never change. Bounded by server/containers/labels.py.
CREATE TABLE container_labels (
    id TEXT PRIMARY KEY,
    labels TEXT NOT NULL,
    seen_at REAL NOT NULL
) STRICT;

-- Where an operation was asked from: kept for the audit event of its end, and shown to nobody else.
ALTER TABLE operations ADD COLUMN address TEXT;

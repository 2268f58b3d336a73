-- What was told of each container engine, up to the event `seq`: server/containers/recall.py. `state` is JSON.
CREATE TABLE engines (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;

-- Actions on containers: a projection of the events operation.*; each row is that of the event `seq`.
CREATE TABLE operations (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    by TEXT NOT NULL,
    command TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX operations_by_command ON operations (by, command);
CREATE INDEX operations_unfinished ON operations (id) WHERE state IN ('requested', 'running');

-- The event up to which each projection is complete.
CREATE TABLE projections (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;

-- "Plth": a restore can tell a Pilothouse database from any other file of SQLite.
PRAGMA application_id = 0x506c7468;

-- The position lives in a row of its own: a prune may empty the table of events, and a seq used twice would hide an
-- event from a client that already passed it.
CREATE TABLE log (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch TEXT NOT NULL,
    floor INTEGER NOT NULL,
    head INTEGER NOT NULL CHECK (head >= floor)
) STRICT;

INSERT INTO log (one, epoch, floor, head) VALUES (1, lower(hex(randomblob(6))), 0, 0);

-- The newest seq of each channel, kept when the events themselves are pruned.
CREATE TABLE channels (
    name TEXT PRIMARY KEY,
    head INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `text` is the whole message as it is sent, so that a replay neither decodes nor encodes.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    prev INTEGER NOT NULL,
    channel TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    text BLOB NOT NULL
) STRICT;

CREATE INDEX events_by_channel ON events (channel, seq);

-- `events` is what the append returned, so that a repetition is answered after the events themselves were pruned.
CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL,
    stored_at REAL NOT NULL,
    events BLOB NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT;

-- Events of the channel `audit` move here when the log is pruned.
CREATE TABLE audit_archive (
    seq INTEGER PRIMARY KEY,
    prev INTEGER NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    text BLOB NOT NULL
) STRICT;

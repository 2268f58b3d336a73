-- Sessions and what belongs to them: projections of the events session.* and workspace.policy (server/sessions/). Each
-- row is that of the event `seq`; `data` is the view as JSON.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- What an outside system calls the session, per principal; null for one that was opened here.
    owner TEXT,
    alias TEXT,
    data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX sessions_by_alias ON sessions (owner, alias) WHERE alias IS NOT NULL;
CREATE INDEX sessions_by_seq ON sessions (seq);

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_session ON runs (session, seq);
CREATE INDEX runs_unfinished ON runs (id) WHERE state NOT IN ('completed', 'failed', 'stopped');

-- The transcript: every event of a session as it was sent. It outlives the log's own retention.
CREATE TABLE messages (
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE permission_requests (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    run TEXT NOT NULL,
    call TEXT NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX permission_requests_by_call ON permission_requests (run, call);
CREATE INDEX permission_requests_pending ON permission_requests (id) WHERE state = 'pending';

-- Written before the request they belong to: what a runner needs to go on after a restart. Opaque to all but itself.
CREATE TABLE continuations (
    run TEXT PRIMARY KEY,
    state BLOB NOT NULL
) STRICT;

-- A permission that was used. A row is there before what it allows is done: a grant is good once.
CREATE TABLE grants (
    permission TEXT PRIMARY KEY,
    call TEXT NOT NULL,
    used_at REAL NOT NULL
) STRICT;

CREATE TABLE policies (
    workspace TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;

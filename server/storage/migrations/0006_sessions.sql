-- Sessions and what belongs to them: projections of the events session.* and workspace.* (server/sessions/). Each row is
-- as the event `seq` left it; `data` is the view as JSON.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    -- How many events of it are in `messages`, and what they take.
    events INTEGER NOT NULL,
    size_b INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    state TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_session ON runs (session);
CREATE INDEX runs_unfinished ON runs (seq) WHERE state NOT IN ('completed', 'failed', 'stopped');

-- The transcript: every event of a session as it was sent. It outlives the log's own retention.
CREATE TABLE messages (
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    text BLOB NOT NULL,
    PRIMARY KEY (session, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_said ON messages (session, seq) WHERE type IN ('session.message', 'session.changed');

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
CREATE INDEX permission_requests_by_session ON permission_requests (session, seq);
CREATE INDEX permission_requests_by_state ON permission_requests (state, seq);

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

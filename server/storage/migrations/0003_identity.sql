-- Accounts. `password` is an argon2id hash, `totp` a secret encrypted with a key outside of this file, `recovery` hashes.
-- A name is never given twice: accounts are disabled, not removed, so that the audit trail keeps meaning one person.
CREATE TABLE users (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    labels TEXT NOT NULL,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    password TEXT,
    totp BLOB,
    totp_step INTEGER NOT NULL,
    recovery TEXT NOT NULL,
    subject TEXT UNIQUE,
    created_at REAL NOT NULL,
    last_seen_at REAL
) STRICT;

-- Sign-ins that are still good. The refresh token is derived from id and generation: nothing of it is stored.
CREATE TABLE logins (
    id TEXT PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (name),
    generation INTEGER NOT NULL,
    created_at REAL NOT NULL,
    refreshed_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    address TEXT,
    agent TEXT
) STRICT;
CREATE INDEX logins_by_user ON logins (user);

-- API tokens. `hash` is SHA-256 of 256 random bits: a slow hash would protect nothing more. `scopes` null: all.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    user TEXT REFERENCES users (name),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    scopes TEXT,
    hash BLOB NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    expires_at REAL,
    last_used_at REAL
) STRICT;

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;

CREATE TABLE members (
    workspace TEXT NOT NULL REFERENCES workspaces (id),
    user TEXT NOT NULL REFERENCES users (name),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'member', 'owner')),
    PRIMARY KEY (workspace, user)
) STRICT, WITHOUT ROWID;

-- The hash of the newest entry of the audit trail; 32 zero bytes before the first. See server/eventlog/chain.py.
ALTER TABLE log ADD COLUMN chain BLOB NOT NULL
    DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(chain) = 32);

-- Where the chain that is kept begins: the last entry that retention removed, and its hash. Entries up to `unchained`
-- are older than the chain and have no hash.
CREATE TABLE audit_base (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    unchained INTEGER NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= unchained),
    chain BLOB NOT NULL CHECK (length(chain) = 32)
) STRICT;

INSERT INTO audit_base (one, unchained, seq, chain)
SELECT 1, head, head, zeroblob(32)
FROM (SELECT coalesce((SELECT head FROM channels WHERE name = 'audit'), 0) AS head);

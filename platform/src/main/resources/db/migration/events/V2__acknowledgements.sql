-- When each node last read the clock; one whose lease is over since does not work.
CREATE TABLE change_node (
    node text PRIMARY KEY,
    read_at timestamptz NOT NULL
);
-- From when a node works on nothing older than a change.
CREATE TABLE change_ack (
    node text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (node, seq)
);
CREATE INDEX change_log_kind ON change_log (kind, seq DESC);
-- The time of a change, as near to its commit as it can be told.
ALTER TABLE change_log ALTER COLUMN at SET DEFAULT clock_timestamp();

-- Events leave in the transaction that caused them; a relay carries them to Kafka and deletes them once acknowledged.
CREATE TABLE outbox_head (
    partition_key text PRIMARY KEY,
    seq bigint NOT NULL
);
-- For one key the row lock on outbox_head makes transactions queue, so id order is seq order within a key.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bucket smallint NOT NULL,
    topic text NOT NULL,
    partition_key text NOT NULL,
    seq bigint NOT NULL,
    event bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (partition_key, seq)
);
-- A key whose next event Kafka will never take; it stands still until an operator removes the row.
CREATE TABLE outbox_stuck (
    partition_key text PRIMARY KEY,
    outbox_id bigint NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE relay_lease (
    bucket smallint PRIMARY KEY,
    owner text NOT NULL DEFAULT '',
    epoch bigint NOT NULL DEFAULT 0,
    until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO relay_lease (bucket) SELECT generate_series(0, 15);
CREATE TABLE inbox (
    consumer text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, source, event_id)
);
-- One clock for every change that nodes hold in memory. The row lock makes its numbers commit in order.
CREATE TABLE change_clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    seq bigint NOT NULL
);
INSERT INTO change_clock (seq) VALUES (0);
CREATE TABLE change_log (
    seq bigint PRIMARY KEY,
    kind text NOT NULL,
    tenant text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

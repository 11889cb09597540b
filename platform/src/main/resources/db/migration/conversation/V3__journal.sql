-- What sessions told their callers, one row for each burst of frames. The key is also the fence: a node that was taken
-- for dead writes at a place that is no longer free, and nothing comes of it.
CREATE TABLE conversation_log (
    tenant text NOT NULL,
    session text NOT NULL,
    first_seq bigint NOT NULL CHECK (first_seq > 0),
    last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
    turn uuid NOT NULL,
    frames bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, session, first_seq)
);
-- Rows arrive in the order of time, which is the order in which they are purged.
CREATE INDEX conversation_log_at ON conversation_log USING brin (at);
ALTER TABLE session
    ADD COLUMN state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ENDED')),
    ADD COLUMN head_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN model text NOT NULL DEFAULT '',
    ADD COLUMN system text NOT NULL DEFAULT '',
    ADD COLUMN on_busy text NOT NULL DEFAULT 'reject' CHECK (on_busy IN ('reject', 'enqueue', 'interrupt', 'rollback')),
    ADD COLUMN used_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX session_of_owner ON session (tenant, owner, created_at);
-- `input` is what the caller said in a turn of a session; the history is made of it and of the journal.
ALTER TABLE turn
    ADD COLUMN owner text NOT NULL DEFAULT '',
    ADD COLUMN score text NOT NULL DEFAULT '',
    ADD COLUMN first_seq bigint NOT NULL DEFAULT 1,
    ADD COLUMN input bytea,
    ADD COLUMN after_turn uuid,
    ADD COLUMN in_history boolean NOT NULL DEFAULT true,
    ADD COLUMN stop_reason text,
    DROP CONSTRAINT turn_state_check,
    ADD CONSTRAINT turn_state_check CHECK (state IN ('REFUSED', 'RUNNING', 'COMPLETED', 'STOPPED', 'CUT', 'FAILED'));
CREATE INDEX turn_of_session ON turn (tenant, session, started_at) WHERE input IS NOT NULL;

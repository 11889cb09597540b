-- What sequence rules remember; the scope key is a digest, so that nobody is named here.
CREATE TABLE sequence_state (
    tenant text NOT NULL,
    rule text NOT NULL,
    scope_key text NOT NULL,
    slots bytea NOT NULL,
    touched_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, rule, scope_key)
);

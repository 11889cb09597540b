-- What is stopped, or was. Every gateway holds the rows that are not LIFTED in memory.
CREATE TABLE kill_switch (
    scope text NOT NULL,
    target text NOT NULL,
    -- Whom it stops; '*' is everybody.
    tenant text NOT NULL,
    state text NOT NULL CHECK (state IN ('KILLED', 'LIFT_REQUESTED', 'LIFTED')),
    reason text NOT NULL,
    -- tenant/user of who brought it into this state, the user and never the key.
    actor text NOT NULL,
    decision_id uuid NOT NULL,
    at timestamptz NOT NULL,
    lift_actor text NOT NULL DEFAULT '',
    lift_reason text NOT NULL DEFAULT '',
    lift_requested_at timestamptz,
    PRIMARY KEY (tenant, scope, target),
    CHECK ((state = 'LIFT_REQUESTED') = (lift_requested_at IS NOT NULL))
);

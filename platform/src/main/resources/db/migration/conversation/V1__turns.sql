-- A node's epoch rises with every start, so that what its former life left behind is recognised at once.
CREATE TABLE node (
    id text PRIMARY KEY,
    epoch bigint NOT NULL,
    heartbeat_at timestamptz NOT NULL
);
CREATE TABLE session (
    tenant text NOT NULL,
    id text NOT NULL,
    owner text NOT NULL,
    running_turn uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, id)
);
CREATE TABLE turn (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    session text NOT NULL,
    state text NOT NULL CHECK (state IN ('REFUSED', 'RUNNING', 'COMPLETED', 'FAILED')),
    decision_id uuid NOT NULL UNIQUE,
    reason text NOT NULL DEFAULT '',
    model text NOT NULL,
    owner_node text NOT NULL,
    owner_epoch bigint NOT NULL,
    trace text NOT NULL,
    constitution_hash text NOT NULL,
    input_tokens bigint,
    output_tokens bigint,
    cost_micro_usd bigint,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
CREATE INDEX turn_running ON turn (owner_node, owner_epoch) WHERE state = 'RUNNING';

-- Opened by a decision 'review'; its id is the decision's.
CREATE TABLE approval (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    user_id text NOT NULL,
    request_digest text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'APPROVED', 'DENIED')),
    decided_by text,
    comment text NOT NULL DEFAULT '',
    decided_at timestamptz,
    decision_id uuid,
    used_by uuid
);
CREATE INDEX approval_open ON approval (tenant, id) WHERE state = 'OPEN';

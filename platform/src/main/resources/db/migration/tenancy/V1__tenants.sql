CREATE TABLE tenant (
    id text PRIMARY KEY,
    organisation text NOT NULL,
    decision_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO tenant (id, organisation, decision_id) VALUES ('platform', 'platform', '00000000-0000-0000-0000-000000000000');

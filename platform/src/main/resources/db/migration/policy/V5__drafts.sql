CREATE TABLE policy_draft (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    digest text NOT NULL,
    pack bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('VALID', 'SHADOW', 'ACTIVE', 'SUPERSEDED')),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    decision_id uuid NOT NULL
);
-- At most one draft of a tenant is watched at a time.
CREATE UNIQUE INDEX policy_draft_shadow ON policy_draft (tenant) WHERE state = 'SHADOW';
-- What a draft would have said where it differs, by the rule that makes the difference.
CREATE TABLE policy_shadow_count (
    draft uuid NOT NULL REFERENCES policy_draft (id),
    rule text NOT NULL,
    was text NOT NULL,
    would_be text NOT NULL,
    decisions bigint NOT NULL,
    PRIMARY KEY (draft, rule, was, would_be)
);

-- Which models answer to a name, in order; each change is a version. One version of a name is active in a tenant.
CREATE TABLE model_profile (
    tenant text NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    targets text[] NOT NULL CHECK (cardinality(targets) > 0),
    state text NOT NULL CHECK (state IN ('PREPARED', 'ACTIVE', 'RETIRED')),
    decision_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    activated_at timestamptz,
    PRIMARY KEY (tenant, name, version)
);
CREATE UNIQUE INDEX model_profile_active ON model_profile (tenant, name) WHERE state = 'ACTIVE';

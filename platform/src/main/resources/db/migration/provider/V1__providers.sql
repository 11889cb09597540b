-- Providers of the whole platform have the tenant '*'.
CREATE TABLE provider (
    tenant text NOT NULL,
    id text NOT NULL,
    version bigint NOT NULL,
    definition bytea NOT NULL,
    sealed_key bytea,
    decision_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, id, version)
);

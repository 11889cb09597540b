CREATE TABLE policy_pack (
    tenant text NOT NULL,
    version bigint NOT NULL,
    digest text NOT NULL,
    pack bytea NOT NULL,
    decision_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, version)
);
-- How far each audit log has been told on policy.decisions.
CREATE TABLE decision_relay_cursor (
    origin text PRIMARY KEY,
    next_index bigint NOT NULL
);
-- Up to where every verdict of an audit log is known to have its admission entry.
CREATE TABLE admission_cursor (
    origin text PRIMARY KEY,
    next_index bigint NOT NULL
);

-- What the platform knows of tools; callers cannot say it.
CREATE TABLE policy_tool (
    tenant text NOT NULL,
    id text NOT NULL,
    category text NOT NULL,
    risk_micro integer CHECK (risk_micro BETWEEN 0 AND 1000000),
    forbidden boolean NOT NULL,
    actions text[] NOT NULL,
    domains text[] NOT NULL,
    decision_id uuid NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, id)
);
-- A key opens what one user asked in one session or on one day; who destroys it erases that.
CREATE SEQUENCE input_key_id;
CREATE TABLE input_key (
    id bigint PRIMARY KEY,
    tenant text NOT NULL,
    user_id text NOT NULL,
    bucket text NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (tenant, user_id, bucket)
);
CREATE INDEX input_key_expiry ON input_key (expires_at);
-- The searchable side of the audit log. Ids are UUIDv7, so their order is that of time.
CREATE TABLE decision (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    user_id text NOT NULL,
    at timestamptz NOT NULL,
    action text NOT NULL,
    resource text NOT NULL,
    session text NOT NULL,
    word text NOT NULL,
    score_micro integer NOT NULL,
    rules text[] NOT NULL,
    constitution_hash text NOT NULL,
    policy_version text NOT NULL,
    input_key bigint NOT NULL,
    sealed_input bytea NOT NULL
);
CREATE INDEX decision_of_tenant ON decision (tenant, id DESC);
CREATE INDEX decision_of_user ON decision (tenant, user_id, id DESC);
-- Where the audit logs hold them; written by each log's relay.
CREATE TABLE decision_place (
    decision_id uuid PRIMARY KEY,
    log_origin text NOT NULL,
    log_index bigint NOT NULL,
    UNIQUE (log_origin, log_index)
);

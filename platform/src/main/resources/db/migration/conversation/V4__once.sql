-- Requests that are to be done once: the same key of the same user leads to the same turn for a day.
CREATE TABLE turn_once (
    tenant text NOT NULL,
    owner text NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    turn uuid NOT NULL,
    session text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, owner, key)
);
CREATE INDEX turn_once_at ON turn_once USING brin (at);

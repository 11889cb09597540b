-- What a project goes on from; a run that begins again on another server needs it.
ALTER TABLE kq_project
    ADD COLUMN fork_of text NOT NULL DEFAULT '',         -- id of the project; empty for none
    ADD COLUMN fork_spec text NOT NULL DEFAULT '',       -- SHA-256 of its specification
    ADD COLUMN fork_report text NOT NULL DEFAULT '',     -- SHA-256 of its report
    ADD COLUMN fork_anew text NOT NULL DEFAULT '';       -- tasks that are done again, with blanks between
-- What tasks have taken, for estimates.
CREATE TABLE kq_cost (
    tenant text NOT NULL,
    project text NOT NULL,
    seq bigint NOT NULL,                                 -- of the happening that tells it
    work text NOT NULL,                                  -- tasks of one work cost alike
    tokens bigint NOT NULL CHECK (tokens >= 0),
    millis bigint NOT NULL CHECK (millis >= 0),
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, project, seq)
);
CREATE INDEX kq_cost_newest ON kq_cost (tenant, work, at DESC);
-- Who looks at what waits for a person.
CREATE TABLE kq_claim (
    tenant text NOT NULL,
    project text NOT NULL,
    task text NOT NULL,                                  -- empty for the project itself
    seq bigint NOT NULL,                                 -- of the happening that waits
    by text NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant, project, task)
);

-- What there is to list; how a project stands at this moment its workflow tells.
CREATE TABLE kq_project (
    tenant text NOT NULL,
    id text NOT NULL,
    title text NOT NULL,
    submitter text NOT NULL,
    spec text NOT NULL,                        -- SHA-256 of the specification
    submitted_at timestamptz NOT NULL DEFAULT now(),
    verdict text,                              -- null while it is under way
    report text,                               -- SHA-256 of the report
    ended_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX kq_project_newest ON kq_project (tenant, submitted_at DESC, id);
-- What models have shown of themselves.
CREATE TABLE kq_model_certificate (
    tenant text NOT NULL,
    model text NOT NULL,
    passed int NOT NULL CHECK (passed >= 0),
    probes int NOT NULL CHECK (probes >= passed),
    report text NOT NULL,                      -- SHA-256 of what was found
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, model)
);
-- What happened in projects, numbered in each.
CREATE TABLE kq_happening (
    tenant text NOT NULL,
    project text NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    task text NOT NULL,                        -- empty for the project itself
    facts text NOT NULL,                       -- JSON
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, project, seq)
);

-- What it takes to begin an open project again on a server that has lost it.
ALTER TABLE kq_project
    ADD COLUMN capabilities text NOT NULL DEFAULT '',   -- of the submitter's credential, with blanks between
    ADD COLUMN trace text NOT NULL DEFAULT '',          -- W3C trace context of the submission
    ADD COLUMN log_origin text,                         -- where the audit log says how it ended
    ADD COLUMN log_index bigint,
    ADD COLUMN epoch int NOT NULL DEFAULT 1 CHECK (epoch > 0);  -- counts the runs; an older one writes nothing
CREATE INDEX kq_project_open ON kq_project (submitted_at) WHERE verdict IS NULL;

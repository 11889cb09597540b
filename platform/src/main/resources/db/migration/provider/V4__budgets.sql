-- Within which a model of a profile has to stay to be asked in its place; 0 for any.
ALTER TABLE model_profile
    ADD COLUMN latency_budget_ms bigint NOT NULL DEFAULT 0 CHECK (latency_budget_ms >= 0),
    ADD COLUMN error_budget double precision NOT NULL DEFAULT 0 CHECK (error_budget BETWEEN 0 AND 1);

-- What may be spent: by whom, of what, in which period.
CREATE TABLE budget (
    tenant text NOT NULL,
    level smallint NOT NULL CHECK (level BETWEEN 0 AND 2),   -- 0 tenant, 1 user, 2 key
    subject text NOT NULL,
    unit text NOT NULL CHECK (unit IN ('tokens', 'micro_usd')),
    period text NOT NULL CHECK (period IN ('day', 'week', 'month', 'total')),
    hard bigint NOT NULL CHECK (hard >= 0),
    decision_id uuid NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, level, subject, unit)
);
-- A new window is a new row, so no reset can race with a turn.
CREATE TABLE budget_account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    level smallint NOT NULL,
    subject text NOT NULL,
    unit text NOT NULL,
    window_start timestamptz NOT NULL,
    hard bigint NOT NULL,
    settled bigint NOT NULL DEFAULT 0 CHECK (settled >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    overdraft bigint NOT NULL DEFAULT 0 CHECK (overdraft >= 0),
    UNIQUE (tenant, level, subject, unit, window_start),
    CHECK (settled + held <= hard + overdraft)
);
CREATE TABLE budget_hold (
    turn uuid NOT NULL,
    account bigint NOT NULL REFERENCES budget_account (id),
    amount bigint NOT NULL CHECK (amount >= 0),
    settled_amount bigint,
    PRIMARY KEY (turn, account)
);
CREATE INDEX budget_hold_open ON budget_hold (turn) WHERE settled_amount IS NULL;

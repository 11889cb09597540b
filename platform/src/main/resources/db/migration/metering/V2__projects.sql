-- Projects, what their tasks may spend together, and single tasks.
ALTER TABLE budget DROP CONSTRAINT budget_level_check;
ALTER TABLE budget ADD CONSTRAINT budget_level_check CHECK (level BETWEEN 0 AND 5);

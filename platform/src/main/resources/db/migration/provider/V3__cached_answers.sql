-- How long answers are kept that this version of a profile gave; 0 where they are not.
ALTER TABLE model_profile ADD COLUMN cache_seconds int NOT NULL DEFAULT 0 CHECK (cache_seconds >= 0);

-- A constitution that the signers put back in force has been in force before.
ALTER TABLE constitution_activation DROP CONSTRAINT constitution_activation_hash_key;
CREATE INDEX constitution_activation_hash ON constitution_activation (hash);
-- Where an activation came from: the source that is followed, or a draft or rollback through the API. While the source
-- still holds what was in force then, that says that nothing newer is there.
ALTER TABLE constitution_activation ADD COLUMN origin text NOT NULL DEFAULT 'source'
    CHECK (origin IN ('source', 'draft', 'rollback'));
-- A confirmation that was on its way when another constitution went in force counts for nothing.
ALTER TABLE constitution_confirmation ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
CREATE TABLE constitution_draft (
    id uuid PRIMARY KEY,
    hash text NOT NULL,
    signed_file bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('DRAFT', 'ACTIVE')),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    decision_id uuid NOT NULL
);

CREATE TABLE constitution_document (
    hash text PRIMARY KEY,
    dialect text NOT NULL,
    signed_file bytea NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now()
);
-- An activation is never undone; a newer one follows it.
CREATE TABLE constitution_activation (
    epoch bigint PRIMARY KEY,
    hash text NOT NULL UNIQUE REFERENCES constitution_document (hash),
    previous_hash text,
    version text NOT NULL,
    signers text[] NOT NULL,
    effective_at timestamptz NOT NULL DEFAULT now()
);
-- When the source last confirmed the constitution in force.
CREATE TABLE constitution_confirmation (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    hash text NOT NULL,
    at timestamptz NOT NULL
);

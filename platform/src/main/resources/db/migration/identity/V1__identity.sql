CREATE TABLE identity_user (
    tenant text NOT NULL,
    id text NOT NULL,
    password_hash text,
    capabilities text[] NOT NULL,
    active boolean NOT NULL DEFAULT true,
    failed_logins int NOT NULL DEFAULT 0,
    locked_until timestamptz NOT NULL DEFAULT '-infinity',
    decision_id uuid NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, id)
);
-- The secret has 256 random bits, so one SHA-256 is enough to store it by.
CREATE TABLE api_key (
    id text PRIMARY KEY,
    tenant text NOT NULL,
    owner text NOT NULL,
    name text NOT NULL,
    secret_sha256 bytea NOT NULL,
    capabilities text[] NOT NULL,
    expires_at timestamptz NOT NULL DEFAULT 'infinity',
    revoked_at timestamptz,
    decision_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (tenant, owner) REFERENCES identity_user (tenant, id)
);
CREATE TABLE token_revocation (
    jti uuid PRIMARY KEY,
    tenant text NOT NULL,
    expires_at timestamptz NOT NULL
);
-- A key signs from active_from until the next one does, and verifies until retire_at. The private part is sealed.
CREATE TABLE signing_key (
    kid text PRIMARY KEY,
    public_key bytea NOT NULL,
    sealed_private bytea NOT NULL,
    active_from timestamptz NOT NULL,
    retire_at timestamptz NOT NULL DEFAULT 'infinity'
);

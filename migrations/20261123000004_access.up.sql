-- Who may call, and what was already done.

CREATE TABLE api_keys (
    id                 uuid PRIMARY KEY,
    -- SHA-256 of the key; the key itself is shown once and never stored.
    key_hash           bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    wallet             bytea NOT NULL CHECK (length(wallet) = 20),
    tier               text NOT NULL DEFAULT 'free' CHECK (tier IN ('free', 'pro', 'enterprise')),
    name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at         timestamptz NOT NULL DEFAULT now(),
    expires_at         timestamptz,
    revoked_at         timestamptz,
    last_used_at       timestamptz
);
CREATE INDEX idx_api_keys_wallet ON api_keys (wallet, created_at DESC);

CREATE TABLE idempotency_keys (
    -- Bound to the caller: two wallets may use the same key.
    wallet             bytea NOT NULL CHECK (length(wallet) = 20),
    key                text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 over method, path and body.
    fingerprint        bytea NOT NULL CHECK (length(fingerprint) = 32),
    leased_until       timestamptz NOT NULL,
    -- The stored reply; NULL while the first attempt is under way.
    status             smallint,
    headers            jsonb,
    body               bytea,
    created_at         timestamptz NOT NULL DEFAULT now(),
    expires_at         timestamptz NOT NULL,
    PRIMARY KEY (wallet, key)
);
CREATE INDEX idx_idempotency_keys_expiry ON idempotency_keys (expires_at);

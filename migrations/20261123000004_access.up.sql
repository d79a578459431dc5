-- Who may call, and what was already done.

-- A challenge for signing in with a wallet. Deleted when it is used: a nonce is good for one key.
CREATE TABLE sign_in_challenges (
    nonce              text PRIMARY KEY CHECK (nonce ~ '^[0-9A-Za-z]{8,64}$'),
    wallet             bytea NOT NULL CHECK (length(wallet) = 20),
    chain_id           bigint NOT NULL REFERENCES chains,
    created_at         timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL
);
CREATE INDEX idx_sign_in_challenges_expiry ON sign_in_challenges (expires_at);

-- Set by an operator. Quotas are a wallet's, and so is the tier: all keys of a wallet have it. No row means 'free'.
CREATE TABLE wallet_tiers (
    wallet             bytea PRIMARY KEY CHECK (length(wallet) = 20),
    tier               text NOT NULL CHECK (tier IN ('free', 'pro', 'enterprise')),
    updated_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    id                 uuid PRIMARY KEY,
    -- SHA-256 of the key; the key itself is shown once and never stored.
    key_hash           bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    -- The wallet that signed in for it.
    wallet             bytea NOT NULL CHECK (length(wallet) = 20),
    name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at         timestamptz NOT NULL,
    expires_at         timestamptz NOT NULL CHECK (expires_at > created_at),
    revoked_at         timestamptz,
    -- To the minute.
    last_used_at       timestamptz
);
CREATE INDEX idx_api_keys_wallet ON api_keys (wallet, created_at DESC, id);

CREATE TABLE idempotency_keys (
    -- Bound to the caller: two wallets may use the same key.
    wallet             bytea NOT NULL CHECK (length(wallet) = 20),
    key                text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 over method, path and body.
    fingerprint        bytea NOT NULL CHECK (length(fingerprint) = 32),
    -- The attempt that holds the lease; only it can store a reply.
    lease              uuid NOT NULL,
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

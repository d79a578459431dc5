-- Agents that were prepared here for registration, and what makes a registration theirs: its wallet and its URI.

CREATE TABLE prepared_agents (
    agent              uuid PRIMARY KEY REFERENCES agents,
    chain_id           bigint NOT NULL REFERENCES chains,
    identity_registry  bytea NOT NULL CHECK (length(identity_registry) = 20),
    -- The wallet that prepared it; nobody else's registration is this agent's.
    owner              bytea NOT NULL CHECK (length(owner) = 20),
    agent_uri          text NOT NULL,
    -- SHA-256 of the URI: a `data:` URI is longer than an index entry may be.
    uri_hash           bytea NOT NULL CHECK (length(uri_hash) = 32),
    -- The file as it is hosted, for good; the row in `agents` has the one that its present URI leads to.
    registration_file  bytea NOT NULL,
    -- SHA-256 of the file: a wallet prepares the same file once.
    file_hash          bytea NOT NULL CHECK (length(file_hash) = 32),
    -- The last block that was final then, -1 if none was: what was registered up to it is another agent.
    final_block        bigint NOT NULL,
    created_at         timestamptz NOT NULL,
    UNIQUE (chain_id, identity_registry, owner, file_hash)
);
CREATE INDEX idx_prepared_agents_uri ON prepared_agents (uri_hash);

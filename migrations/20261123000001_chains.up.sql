-- Chains and the registries that are indexed on each.

CREATE TABLE chains (
    chain_id           bigint PRIMARY KEY CHECK (chain_id > 0),
    name               text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    -- 'active' is synced; 'paused' by an operator; 'halted' by the sync itself, with last_error saying why.
    status             text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'halted')),
    start_block        bigint NOT NULL CHECK (start_block >= 0),
    -- Blocks behind the head after which a block counts as final, where the chain has no `finalized` tag.
    confirmations      integer NOT NULL CHECK (confirmations >= 0),
    has_finalized_tag  boolean NOT NULL DEFAULT false,
    block_time_ms      integer NOT NULL CHECK (block_time_ms > 0),
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE registries (
    chain_id           bigint NOT NULL REFERENCES chains,
    address            bytea NOT NULL CHECK (length(address) = 20),
    kind               text NOT NULL CHECK (kind IN ('identity', 'reputation', 'validation')),
    -- The identity registry that it speaks of; an identity registry names itself.
    identity_registry  bytea NOT NULL CHECK (length(identity_registry) = 20),
    -- `{chainId}:{agentId}` means the chain's default identity registry.
    is_default         boolean NOT NULL DEFAULT true,
    PRIMARY KEY (chain_id, address),
    CHECK (kind <> 'identity' OR identity_registry = address)
);
CREATE UNIQUE INDEX idx_registries_default ON registries (chain_id) WHERE kind = 'identity' AND is_default;

-- Where the sync of a chain is. Written in the transaction that applies a range, compared before it is set.
CREATE TABLE sync_cursors (
    chain_id           bigint PRIMARY KEY REFERENCES chains,
    -- The last block applied; start_block - 1 before the first range.
    block_number       bigint NOT NULL,
    block_hash         bytea CHECK (length(block_hash) = 32),
    block_time         timestamptz,
    head_block         bigint,
    head_time          timestamptz,
    final_block        bigint,
    reorg_count        bigint NOT NULL DEFAULT 0,
    reorg_depth_max    integer NOT NULL DEFAULT 0,
    last_error         text,
    last_error_at      timestamptz,
    updated_at         timestamptz NOT NULL DEFAULT now()
);

-- The window of recent blocks in which a fork point can be found.
CREATE TABLE chain_blocks (
    chain_id           bigint NOT NULL REFERENCES chains,
    block_number       bigint NOT NULL,
    block_hash         bytea NOT NULL CHECK (length(block_hash) = 32),
    parent_hash        bytea NOT NULL CHECK (length(parent_hash) = 32),
    block_time         timestamptz NOT NULL,
    PRIMARY KEY (chain_id, block_number)
);

-- Our copy of the chain: every registry log, whole. All on-chain tables are a fold over it.
-- Topics and data stay bytes: text on chain need be neither UTF-8 nor free of NUL, which text and jsonb refuse.
CREATE TABLE chain_events (
    chain_id           bigint NOT NULL REFERENCES chains,
    block_number       bigint NOT NULL,
    log_index          integer NOT NULL,
    block_hash         bytea NOT NULL,
    block_time         timestamptz NOT NULL,
    transaction_hash   bytea NOT NULL,
    transaction_index  integer NOT NULL,
    address            bytea NOT NULL,
    identity_registry  bytea NOT NULL,
    event              text NOT NULL,
    -- NULL for events about an account (ApprovalForAll).
    agent_id           numeric(78, 0),
    topics             bytea[] NOT NULL,
    data               bytea NOT NULL,
    PRIMARY KEY (chain_id, block_number, log_index)
);
CREATE INDEX idx_chain_events_agent
    ON chain_events (chain_id, identity_registry, agent_id, block_number, log_index);

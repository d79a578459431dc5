-- Agents: identities, their present state, and who held them when.

-- Gives each agent a UUID: version 5 over `eip155:{chainId}:{registry}:{agentId}` for agents that came from the
-- chain, so that a rebuild gives the same; random for agents prepared here, which keep theirs on chain.
CREATE TABLE agent_identities (
    id                 uuid PRIMARY KEY,
    chain_id           bigint NOT NULL REFERENCES chains,
    identity_registry  bytea NOT NULL CHECK (length(identity_registry) = 20),
    -- NULL while the agent is prepared and not yet registered.
    agent_id           numeric(78, 0) CHECK (agent_id >= 0),
    origin             text NOT NULL CHECK (origin IN ('chain', 'prepared')),
    -- The transaction that a prepared agent was bound to: a reorg can hand the agentId to someone else.
    registration_tx    bytea,
    created_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (chain_id, identity_registry, agent_id)
);

CREATE TABLE agents (
    id                 uuid PRIMARY KEY REFERENCES agent_identities,
    chain_id           bigint NOT NULL,
    identity_registry  bytea NOT NULL,
    agent_id           numeric(78, 0),
    -- 'incomplete': seen on chain by another event than its registration.
    status             text NOT NULL CHECK (status IN ('prepared', 'registered', 'incomplete', 'suspended')),
    owner              bytea CHECK (length(owner) = 20),
    agent_wallet       bytea CHECK (length(agent_wallet) = 20),
    approved           bytea CHECK (length(approved) = 20),
    agent_uri          text NOT NULL DEFAULT '',
    -- What the URI is: empty, data, json, https, http, ipfs, other, garbage.
    uri_kind           text NOT NULL DEFAULT 'empty',
    -- What became of the registration file.
    registration_state text NOT NULL DEFAULT 'none'
        CHECK (registration_state IN ('none', 'valid', 'faulty', 'pending', 'unreadable', 'unsupported')),
    -- The file as the chain holds it (decoded bytes), and the same as JSON where it is JSON.
    registration_file  bytea,
    registration       jsonb,
    registration_faults jsonb NOT NULL DEFAULT '[]',
    name               text,
    description        text,
    image              text,
    -- The file's own word; an agent without a readable file is not active.
    active             boolean NOT NULL DEFAULT false,
    x402_support       boolean NOT NULL DEFAULT false,
    supported_trust    text[] NOT NULL DEFAULT '{}',
    -- For filters: lower case, at most 128 characters an item (an index entry has a limit). agent_services is whole.
    service_names      text[] NOT NULL DEFAULT '{}',
    skills             text[] NOT NULL DEFAULT '{}',
    domains            text[] NOT NULL DEFAULT '{}',
    -- Services, skills and domains as words, for text search.
    search_terms       text NOT NULL DEFAULT '',
    registered_block   bigint,
    registered_log     integer,
    registered_tx      bytea,
    registered_at      timestamptz,
    -- The last event that touched it.
    updated_block      bigint,
    updated_at         timestamptz NOT NULL,
    -- The first event that was seen of it: what "newest" sorts by.
    created_at         timestamptz NOT NULL,
    -- What "by name" sorts by; bounded because names on chain are not.
    name_key           text GENERATED ALWAYS AS (lower(left(name, 100))) STORED,
    search             tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', left(coalesce(name, ''), 1000)), 'A')
        || setweight(to_tsvector('simple', left(search_terms, 10000)), 'B')
        || setweight(to_tsvector('english', left(coalesce(description, ''), 10000)), 'C')
    ) STORED,
    UNIQUE (chain_id, identity_registry, agent_id)
);

-- Ranges are half-open, [from, to), in log order; to_block NULL: still so.
CREATE TABLE agent_owners (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    owner              bytea NOT NULL,
    from_block         bigint NOT NULL,
    from_log           integer NOT NULL,
    to_block           bigint,
    to_log             integer,
    PRIMARY KEY (agent, from_block, from_log)
);
CREATE TABLE agent_wallets (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    wallet             bytea NOT NULL,
    from_block         bigint NOT NULL,
    from_log           integer NOT NULL,
    to_block           bigint,
    to_log             integer,
    PRIMARY KEY (agent, from_block, from_log)
);
-- ERC-721 approval of one agent.
CREATE TABLE agent_approvals (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    approved           bytea NOT NULL,
    from_block         bigint NOT NULL,
    from_log           integer NOT NULL,
    to_block           bigint,
    to_log             integer,
    PRIMARY KEY (agent, from_block, from_log)
);
-- ERC-721 operators of all of an owner's agents in one registry.
CREATE TABLE owner_operators (
    chain_id           bigint NOT NULL REFERENCES chains,
    identity_registry  bytea NOT NULL,
    owner              bytea NOT NULL,
    operator           bytea NOT NULL,
    from_block         bigint NOT NULL,
    from_log           integer NOT NULL,
    to_block           bigint,
    to_log             integer,
    PRIMARY KEY (chain_id, identity_registry, owner, operator, from_block, from_log)
);

CREATE TABLE agent_services (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    position           integer NOT NULL,
    name               text NOT NULL,
    endpoint           text,
    version            text,
    skills             text[] NOT NULL DEFAULT '{}',
    domains            text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (agent, position)
);

CREATE TABLE agent_metadata (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    -- Keccak-256 of the key, as in the event's topic: a key on chain has no length that an index could hold.
    key_hash           bytea NOT NULL CHECK (length(key_hash) = 32),
    key                text NOT NULL,
    value              bytea NOT NULL,
    block_number       bigint NOT NULL,
    log_index          integer NOT NULL,
    updated_at         timestamptz NOT NULL,
    PRIMARY KEY (agent, key_hash)
);

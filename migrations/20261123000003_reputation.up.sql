-- Feedback, responses, validations, payments, and what is counted per agent.

CREATE TABLE feedback (
    -- Version 5 over `eip155:{chainId}:{reputation registry}:{agentId}:{client}:{feedbackIndex}` if from the chain.
    id                 uuid PRIMARY KEY,
    agent              uuid NOT NULL REFERENCES agents,
    chain_id           bigint NOT NULL,
    identity_registry  bytea NOT NULL,
    reputation_registry bytea NOT NULL,
    client             bytea NOT NULL CHECK (length(client) = 20),
    -- Counts from 1 for each agent and client; NULL for feedback that is not on chain.
    feedback_index     numeric(20, 0) CHECK (feedback_index >= 0),
    value              numeric(39, 0) NOT NULL,
    value_decimals     smallint NOT NULL CHECK (value_decimals BETWEEN 0 AND 255),
    tag1               text NOT NULL,
    tag2               text NOT NULL,
    endpoint           text NOT NULL,
    feedback_uri       text NOT NULL,
    feedback_hash      bytea NOT NULL CHECK (length(feedback_hash) = 32),
    source             text NOT NULL CHECK (source IN ('chain', 'api')),
    -- Off-chain feedback only: the EIP-712 signature and the canonical file.
    signature          bytea,
    feedback_file      bytea,
    paid               boolean NOT NULL DEFAULT false,
    block_number       bigint,
    log_index          integer,
    transaction_hash   bytea,
    created_at         timestamptz NOT NULL,
    revoked_block      bigint,
    revoked_log        integer,
    revoked_at         timestamptz,
    UNIQUE (agent, reputation_registry, client, feedback_index)
);
CREATE INDEX idx_erc8004_reputation_agent_created ON feedback (agent, created_at DESC, id DESC);
CREATE INDEX idx_feedback_agent_client ON feedback (agent, client, created_at DESC, id DESC);
-- Tags on chain have no length that an index could hold: the first 64 characters, compared whole beside it.
CREATE INDEX idx_feedback_agent_tag ON feedback (agent, left(tag1, 64), created_at DESC, id DESC);

CREATE TABLE feedback_responses (
    chain_id           bigint NOT NULL,
    block_number       bigint NOT NULL,
    log_index          integer NOT NULL,
    feedback           uuid NOT NULL REFERENCES feedback ON DELETE CASCADE,
    responder          bytea NOT NULL,
    response_uri       text NOT NULL,
    response_hash      bytea NOT NULL,
    transaction_hash   bytea NOT NULL,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (chain_id, block_number, log_index)
);
CREATE INDEX idx_feedback_responses_feedback ON feedback_responses (feedback, block_number, log_index);

CREATE TABLE validations (
    chain_id           bigint NOT NULL,
    validation_registry bytea NOT NULL,
    request_hash       bytea NOT NULL CHECK (length(request_hash) = 32),
    agent              uuid NOT NULL REFERENCES agents,
    validator          bytea NOT NULL,
    request_uri        text NOT NULL,
    requested_block    bigint NOT NULL,
    requested_log      integer NOT NULL,
    requested_tx       bytea NOT NULL,
    requested_at       timestamptz NOT NULL,
    -- The latest response; NULL until the validator answers. validation_responses holds all.
    response           smallint,
    response_uri       text,
    response_hash      bytea,
    tag                text,
    responded_block    bigint,
    responded_at       timestamptz,
    response_count     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (chain_id, validation_registry, request_hash)
);
CREATE INDEX idx_validations_agent ON validations (agent, requested_at DESC, request_hash DESC);

CREATE TABLE validation_responses (
    chain_id           bigint NOT NULL,
    block_number       bigint NOT NULL,
    log_index          integer NOT NULL,
    validation_registry bytea NOT NULL,
    request_hash       bytea NOT NULL,
    response           smallint NOT NULL,
    response_uri       text NOT NULL,
    response_hash      bytea NOT NULL,
    tag                text NOT NULL,
    transaction_hash   bytea NOT NULL,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (chain_id, block_number, log_index),
    FOREIGN KEY (chain_id, validation_registry, request_hash) REFERENCES validations ON DELETE CASCADE
);
CREATE INDEX idx_validation_responses_request
    ON validation_responses (chain_id, validation_registry, request_hash, block_number, log_index);

-- A transaction can hold several payments: the key is (chain, transaction, log index); -1 stands for native value.
CREATE TABLE payments (
    chain_id           bigint NOT NULL REFERENCES chains,
    transaction_hash   bytea NOT NULL CHECK (length(transaction_hash) = 32),
    log_index          integer NOT NULL CHECK (log_index >= -1),
    agent              uuid NOT NULL REFERENCES agents,
    status             text NOT NULL
        CHECK (status IN ('pending', 'succeeded', 'failed', 'refunded', 'withdrawn')),
    payer              bytea CHECK (length(payer) = 20),
    payee              bytea CHECK (length(payee) = 20),
    -- NULL for the chain's native currency.
    token              bytea CHECK (length(token) = 20),
    -- In the token's base units.
    amount             numeric(78, 0) CHECK (amount >= 0),
    token_decimals     smallint,
    block_number       bigint,
    block_hash         bytea,
    paid_at            timestamptz,
    linked_by          bytea NOT NULL CHECK (length(linked_by) = 20),
    linked_at          timestamptz NOT NULL,
    PRIMARY KEY (chain_id, transaction_hash, log_index)
);
CREATE INDEX idx_erc8004_agent_payments_agent
    ON payments (agent, linked_at DESC, chain_id, transaction_hash, log_index);
CREATE INDEX idx_payments_pending ON payments (linked_at) WHERE status = 'pending';

-- Kept in the transaction that changes what they count, so that stats are never stale.
-- Feedback counts are of feedback that is on chain and not revoked, unless they say otherwise.
CREATE TABLE agent_stats (
    agent              uuid PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
    feedback_count     bigint NOT NULL DEFAULT 0,
    revoked_count      bigint NOT NULL DEFAULT 0,
    off_chain_count    bigint NOT NULL DEFAULT 0,
    -- Distinct clients, and how many of the feedbacks came from the one who gave most.
    client_count       bigint NOT NULL DEFAULT 0,
    client_max_count   bigint NOT NULL DEFAULT 0,
    response_count     bigint NOT NULL DEFAULT 0,
    -- Values within 0-100 only. Sums are exact: value / 10^decimals.
    starred_count      bigint NOT NULL DEFAULT 0,
    starred_sum        numeric NOT NULL DEFAULT 0,
    starred_positive   bigint NOT NULL DEFAULT 0,
    starred_negative   bigint NOT NULL DEFAULT 0,
    untagged_count     bigint NOT NULL DEFAULT 0,
    untagged_sum       numeric NOT NULL DEFAULT 0,
    untagged_positive  bigint NOT NULL DEFAULT 0,
    untagged_negative  bigint NOT NULL DEFAULT 0,
    last_feedback_at   timestamptz,
    validation_count   bigint NOT NULL DEFAULT 0,
    answered_count     bigint NOT NULL DEFAULT 0,
    -- Of the latest response of each answered validation.
    response_sum       bigint NOT NULL DEFAULT 0,
    payment_count      bigint NOT NULL DEFAULT 0,
    payment_succeeded  bigint NOT NULL DEFAULT 0,
    payment_failed     bigint NOT NULL DEFAULT 0,
    payment_refunded   bigint NOT NULL DEFAULT 0
);
-- Values of different tags or scales are never added together.
CREATE TABLE agent_tag_stats (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    -- SHA-256 over tag1, a NUL byte and tag2: tags on chain have no length that an index could hold.
    tag_hash           bytea NOT NULL CHECK (length(tag_hash) = 32),
    value_decimals     smallint NOT NULL,
    tag1               text NOT NULL,
    tag2               text NOT NULL,
    feedback_count     bigint NOT NULL,
    revoked_count      bigint NOT NULL,
    -- Of the raw values (base units of value_decimals) that are not revoked.
    value_sum          numeric NOT NULL,
    PRIMARY KEY (agent, tag_hash, value_decimals)
);
CREATE TABLE agent_client_stats (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    client             bytea NOT NULL,
    feedback_count     bigint NOT NULL,
    -- The highest index seen of its feedback, revoked or not: what is above cannot be stored yet.
    last_index         numeric(20, 0) NOT NULL,
    PRIMARY KEY (agent, client)
);
CREATE INDEX idx_agent_client_stats_share ON agent_client_stats (agent, feedback_count DESC);

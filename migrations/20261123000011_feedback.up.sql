-- Feedback that is handed in here: signed or not, hosted, and one row with its event once that is on chain.

ALTER TABLE feedback
    -- When the client signed it and until when the signature counts (EIP-712).
    ADD issued_at timestamptz,
    ADD expires_at timestamptz,
    ADD CONSTRAINT feedback_chain_check CHECK (source = 'api' OR feedback_index IS NOT NULL),
    ADD CONSTRAINT feedback_place_check
        CHECK (num_nulls(feedback_index, block_number, log_index, transaction_hash) IN (0, 4)),
    ADD CONSTRAINT feedback_file_check CHECK ((source = 'api') = (feedback_file IS NOT NULL)),
    ADD CONSTRAINT feedback_signature_check CHECK (num_nulls(signature, issued_at, expires_at) IN (0, 3));

-- By what an event finds the row that was handed in: a hash stands for one file, and so for one feedback.
CREATE UNIQUE INDEX idx_feedback_handed_in ON feedback (agent, reputation_registry, client, feedback_hash)
    WHERE source = 'api';
-- What is summed up apart from what is on chain.
CREATE INDEX idx_feedback_off_chain ON feedback (agent) WHERE feedback_index IS NULL AND revoked_at IS NULL;
-- Across agents.
CREATE INDEX idx_feedback_newest ON feedback (created_at DESC, id DESC);
CREATE INDEX idx_feedback_client ON feedback (client, created_at DESC, id DESC);

-- When a client last handed in feedback to an agent. The row decides between two at once.
CREATE TABLE feedback_turns (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    client             bytea NOT NULL CHECK (length(client) = 20),
    given_at           timestamptz NOT NULL,
    PRIMARY KEY (agent, client)
);

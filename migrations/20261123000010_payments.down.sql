DROP TRIGGER payment_changed ON payments;
DROP FUNCTION payment_changed();
DROP FUNCTION is_paid(bytea, uuid, bigint, bytea);
DROP FUNCTION count_payment(payments, integer);

DROP INDEX idx_feedback_paid, idx_feedback_proof;
ALTER TABLE feedback DROP proof_chain_id, DROP proof_transaction;
DROP TABLE agent_token_stats;

-- What has no block yet has no place in the older table; callers link it again.
DELETE FROM payments WHERE log_index IS NULL OR status = 'withdrawn' OR block_hash IS NULL;
DROP INDEX idx_payments_transfer, idx_payments_waiting, idx_payments_refund, idx_payments_refund_block,
    idx_payments_block, idx_payments_pending, idx_erc8004_agent_payments_agent;
ALTER TABLE payments DROP CONSTRAINT payments_pkey;
ALTER TABLE payments
    DROP id, DROP token_symbol, DROP reason, DROP checked_at, DROP missing_since,
    DROP refund_transaction, DROP refund_log, DROP refund_block, DROP refunded_at,
    DROP CONSTRAINT payments_settled_check,
    ALTER log_index SET NOT NULL,
    ADD PRIMARY KEY (chain_id, transaction_hash, log_index);
CREATE INDEX idx_erc8004_agent_payments_agent
    ON payments (agent, linked_at DESC, chain_id, transaction_hash, log_index);
CREATE INDEX idx_payments_pending ON payments (linked_at) WHERE status = 'pending';

DROP TABLE payment_tokens;

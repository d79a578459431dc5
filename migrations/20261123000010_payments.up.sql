-- What agents can be paid with, and payments from the moment that they are linked to their last word.

-- Not bound to `chains`: the rows below stand before a chain is configured. Native value needs no row.
CREATE TABLE payment_tokens (
    chain_id           bigint NOT NULL CHECK (chain_id > 0),
    address            bytea NOT NULL CHECK (length(address) = 20),
    symbol             text NOT NULL CHECK (symbol ~ '^[!-~]{1,16}$'),
    decimals           smallint NOT NULL CHECK (decimals BETWEEN 0 AND 77),
    PRIMARY KEY (chain_id, address)
);
-- USDC and EURC of Circle (https://developers.circle.com/stablecoins), Tether's USDT, and Binance's bridged USDC.
INSERT INTO payment_tokens (chain_id, address, symbol, decimals) VALUES
    (1,        '\xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48', 'USDC', 6),
    (1,        '\x1abaea1f7c830bd89acc67ec4af516284b1bc33c', 'EURC', 6),
    (1,        '\xdac17f958d2ee523a2206206994597c13d831ec7', 'USDT', 6),
    (10,       '\x0b2c639c533813f4aa9d7837caf62653d097ff85', 'USDC', 6),
    (56,       '\x8ac76a51cc950d9822d68b83fe1ad97b32cd580d', 'USDC', 18),
    (137,      '\x3c499c542cef5e3811e1192ce70d8cc03d5c3359', 'USDC', 6),
    (8453,     '\x833589fcd6edb6e08f4c7c32d4f71b54bda02913', 'USDC', 6),
    (8453,     '\x60a3e35cc302bfa44cb288bc5a4f316fdb1adb42', 'EURC', 6),
    (42161,    '\xaf88d065e77c8cc2239327c5edb3a432268e5831', 'USDC', 6),
    (80002,    '\x41e94eb019c0762f9bfcf9fb1e58725bfb0e7582', 'USDC', 6),
    (84532,    '\x036cbd53842c5426634e7929541ec2318f3dcf7e', 'USDC', 6),
    (421614,   '\x75faf114eafb1bdbe2f0316df893fd58ce46aa4d', 'USDC', 6),
    (11155111, '\x1c7d4b196cb0c7b01d743fbc6116a902379c7238', 'USDC', 6),
    (11155420, '\x5fd84259d66cd46123540766be93dfe6d43130d7', 'USDC', 6);

-- A payment is keyed by (chain, transaction, log index) from the moment that it is in a block; before, the index is not
-- known, and a reorg can give it another. So it has an id of its own, and the key holds for those that have a block.
ALTER TABLE payments DROP CONSTRAINT payments_pkey;
ALTER TABLE payments
    ALTER log_index DROP NOT NULL,
    ADD id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    ADD token_symbol text,
    -- Why it waits or was withdrawn.
    ADD reason text,
    -- When the chain was last asked, and since when it has not known the transaction.
    ADD checked_at timestamptz,
    ADD missing_since timestamptz,
    -- The transfer that paid it back in full.
    ADD refund_transaction bytea CHECK (length(refund_transaction) = 32),
    ADD refund_log integer CHECK (refund_log >= -1),
    ADD refund_block bigint,
    ADD refunded_at timestamptz,
    ADD CONSTRAINT payments_refund_check CHECK ((status = 'refunded') = (refund_transaction IS NOT NULL)),
    ADD CONSTRAINT payments_settled_check CHECK (status NOT IN ('succeeded', 'failed', 'refunded')
               OR num_nulls(log_index, payer, payee, amount, block_number, block_hash, paid_at) = 0);
CREATE UNIQUE INDEX idx_payments_transfer ON payments (chain_id, transaction_hash, log_index)
    WHERE block_hash IS NOT NULL AND status <> 'withdrawn';
CREATE UNIQUE INDEX idx_payments_waiting ON payments (chain_id, transaction_hash, agent)
    WHERE status = 'pending' AND log_index IS NULL;
CREATE UNIQUE INDEX idx_payments_refund ON payments (chain_id, refund_transaction, refund_log)
    WHERE refund_transaction IS NOT NULL;
-- What a reorg takes back.
CREATE INDEX idx_payments_block ON payments (chain_id, block_number);
CREATE INDEX idx_payments_refund_block ON payments (chain_id, refund_block) WHERE refund_block IS NOT NULL;
DROP INDEX idx_payments_pending;
CREATE INDEX idx_payments_pending ON payments (chain_id, checked_at NULLS FIRST, linked_at) WHERE status = 'pending';
DROP INDEX idx_erc8004_agent_payments_agent;
CREATE INDEX idx_erc8004_agent_payments_agent ON payments (agent, linked_at DESC, id DESC);

-- What each agent was paid, exactly: succeeded payments only, in base units of the token (empty for native value).
CREATE TABLE agent_token_stats (
    agent              uuid NOT NULL REFERENCES agents ON DELETE CASCADE,
    token              bytea NOT NULL CHECK (length(token) IN (0, 20)),
    symbol             text,
    decimals           smallint NOT NULL,
    payment_count      bigint NOT NULL,
    amount             numeric NOT NULL,
    PRIMARY KEY (agent, token)
);

-- The payment that feedback names as its proof (`proofOfPayment` of its file).
ALTER TABLE feedback
    ADD proof_chain_id bigint,
    ADD proof_transaction bytea CHECK (length(proof_transaction) = 32);
CREATE INDEX idx_feedback_proof ON feedback (proof_transaction) WHERE proof_transaction IS NOT NULL;
-- Paid feedback is counted when it is asked for.
CREATE INDEX idx_feedback_paid ON feedback (agent) WHERE paid;

-- Adds a payment to what is counted of its agent, or takes it away again.
CREATE FUNCTION count_payment(payment payments, sign integer) RETURNS void LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO agent_stats AS s (agent, payment_count, payment_succeeded, payment_failed, payment_refunded)
    SELECT (payment).agent, sign, sign * ((payment).status = 'succeeded')::integer,
           sign * ((payment).status = 'failed')::integer, sign * ((payment).status = 'refunded')::integer
    WHERE (payment).status IN ('succeeded', 'failed', 'refunded')
    ON CONFLICT (agent) DO UPDATE SET
        payment_count = s.payment_count + excluded.payment_count,
        payment_succeeded = s.payment_succeeded + excluded.payment_succeeded,
        payment_failed = s.payment_failed + excluded.payment_failed,
        payment_refunded = s.payment_refunded + excluded.payment_refunded;
    INSERT INTO agent_token_stats AS s (agent, token, symbol, decimals, payment_count, amount)
    SELECT (payment).agent, coalesce((payment).token, ''), (payment).token_symbol, (payment).token_decimals,
           sign, sign * (payment).amount
    WHERE (payment).status = 'succeeded'
    ON CONFLICT (agent, token) DO UPDATE SET
        payment_count = s.payment_count + excluded.payment_count, amount = s.amount + excluded.amount;
END;

-- Whether a client has paid an agent by a transaction: linked, confirmed, and neither failed nor paid back.
CREATE FUNCTION is_paid(by_client bytea, to_agent uuid, on_chain bigint, in_transaction bytea)
RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (SELECT FROM payments
               WHERE agent = to_agent AND chain_id = on_chain AND transaction_hash = in_transaction
                 AND payer = by_client AND status = 'succeeded');

-- Whoever changes a payment changes, in the same transaction, what is counted of its agent, which feedback it proves,
-- and the version that the views follow.
CREATE FUNCTION payment_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before payments := CASE WHEN TG_OP <> 'INSERT' THEN OLD END;
    after payments := CASE WHEN TG_OP <> 'DELETE' THEN NEW END;
BEGIN
    IF after IS NOT DISTINCT FROM before OR coalesce(before.status, 'pending') IN ('pending', 'withdrawn')
       AND coalesce(after.status, 'pending') IN ('pending', 'withdrawn') THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM count_payment(before, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM count_payment(after, 1);
    END IF;
    UPDATE feedback f SET paid = NOT f.paid
    FROM (VALUES (before), (after)) AS changed (payment)
    WHERE f.proof_transaction = (changed.payment).transaction_hash
      AND f.proof_chain_id = (changed.payment).chain_id
      AND f.agent = (changed.payment).agent AND f.client = (changed.payment).payer
      AND f.paid IS DISTINCT FROM is_paid(f.client, f.agent, f.proof_chain_id, f.proof_transaction);
    INSERT INTO data_versions AS v (data, chain_id, version)
    VALUES ('payments', coalesce(after.chain_id, before.chain_id), 1)
    ON CONFLICT (data, chain_id) DO UPDATE SET version = v.version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_changed AFTER INSERT OR UPDATE OR DELETE ON payments
    FOR EACH ROW EXECUTE FUNCTION payment_changed();

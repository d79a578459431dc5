-- What search and ranking read.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE INDEX idx_erc8004_agents_active_covering
    ON agents (chain_id, created_at DESC, id DESC)
    INCLUDE (identity_registry, agent_id, owner, status) WHERE active;
CREATE INDEX idx_agents_newest ON agents (created_at DESC, id DESC);
CREATE INDEX idx_agents_chain_newest ON agents (chain_id, created_at DESC, id DESC);
CREATE INDEX idx_agents_name ON agents (name_key, id);
CREATE INDEX idx_agents_owner ON agents (owner, created_at DESC, id DESC);
CREATE INDEX idx_agents_wallet ON agents (agent_wallet, created_at DESC, id DESC);
CREATE INDEX idx_agents_search ON agents USING gin (search);
CREATE INDEX idx_agents_name_trgm ON agents USING gin (name_key gin_trgm_ops);
CREATE INDEX idx_agents_skills ON agents USING gin (skills);
CREATE INDEX idx_agents_domains ON agents USING gin (domains);
CREATE INDEX idx_agents_service_names ON agents USING gin (service_names);
-- What a filter compares the trust models with: lower case and bounded, as the other filters' columns are, because an
-- index entry has a limit and what a file says has none.
CREATE FUNCTION filter_terms(items text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT coalesce(array_agg(DISTINCT lower(left(item, 128))), '{}') FROM unnest(items) item);
CREATE INDEX idx_agents_supported_trust ON agents USING gin (filter_terms(supported_trust));

-- The trust level, one rule for the views and for the stats of one agent. `payment_success` is a percentage.
CREATE FUNCTION agent_trust_level(feedback_count bigint, payment_count bigint, payment_success numeric, score numeric)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE
    WHEN feedback_count = 0 AND payment_count = 0 THEN 'new'
    WHEN payment_success >= 95 AND score >= 80 AND payment_count >= 10 THEN 'excellent'
    WHEN payment_success >= 85 AND score >= 70 AND payment_count >= 5 THEN 'good'
    WHEN payment_success >= 75 AND score >= 60 AND payment_count >= 1 THEN 'fair'
    ELSE 'poor'
END;

-- Reputation and trust level of each agent.
CREATE MATERIALIZED VIEW mv_agent_reputation AS
WITH scored AS (
    SELECT a.id AS agent, a.chain_id, s.feedback_count, s.client_count, s.payment_count,
           CASE WHEN s.starred_count > 0 THEN 'starred' WHEN s.untagged_count > 0 THEN 'untagged' END AS score_basis,
           CASE WHEN s.starred_count > 0 THEN s.starred_sum / s.starred_count
                WHEN s.untagged_count > 0 THEN s.untagged_sum / s.untagged_count END AS score,
           s.payment_succeeded * 100.0
               / nullif(s.payment_succeeded + s.payment_failed + s.payment_refunded, 0) AS payment_success
    FROM agents a JOIN agent_stats s ON s.agent = a.id
)
SELECT agent, chain_id, feedback_count, client_count, payment_count, score_basis,
       round(score, 6) AS score, round(payment_success, 6) AS payment_success,
       agent_trust_level(feedback_count, payment_count, payment_success, score) AS trust_level
FROM scored;
CREATE UNIQUE INDEX idx_mv_agent_reputation_agent ON mv_agent_reputation (agent);
CREATE INDEX idx_mv_agent_reputation_trust ON mv_agent_reputation (trust_level, score DESC NULLS LAST, agent DESC);
CREATE INDEX idx_mv_agent_reputation_score ON mv_agent_reputation (score DESC NULLS LAST, agent DESC);
CREATE INDEX idx_mv_agent_reputation_count ON mv_agent_reputation (feedback_count DESC, agent DESC);

-- Payments of each agent per token; the empty token stands for native value.
CREATE MATERIALIZED VIEW mv_agent_payments AS
SELECT agent, chain_id, coalesce(token, ''::bytea) AS token,
       count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE status = 'refunded') AS refunded,
       coalesce(sum(amount) FILTER (WHERE status = 'succeeded'), 0) AS amount,
       count(DISTINCT payer) AS payers,
       max(paid_at) AS last_paid_at
FROM payments
WHERE status IN ('succeeded', 'failed', 'refunded')
GROUP BY agent, chain_id, coalesce(token, ''::bytea);
CREATE UNIQUE INDEX idx_mv_agent_payments_agent ON mv_agent_payments (agent, chain_id, token);

-- Both together: what ranks agents by standing.
CREATE MATERIALIZED VIEW mv_agent_ranking AS
SELECT r.agent, r.chain_id, r.trust_level, r.score, r.payment_success, r.feedback_count,
       coalesce(p.succeeded, 0)::bigint AS payments_succeeded
FROM mv_agent_reputation r
LEFT JOIN (SELECT agent, sum(succeeded) AS succeeded FROM mv_agent_payments GROUP BY agent) p ON p.agent = r.agent;
CREATE UNIQUE INDEX idx_mv_agent_ranking_agent ON mv_agent_ranking (agent);
CREATE INDEX idx_mv_agent_ranking_rank
    ON mv_agent_ranking (score DESC NULLS LAST, payments_succeeded DESC, agent DESC);

-- What each chain holds: counting a million rows for each caller would cost more than a caller's patience.
CREATE MATERIALIZED VIEW mv_chain_totals AS
SELECT a.chain_id,
       count(*) FILTER (WHERE a.status IN ('registered', 'suspended')) AS agents,
       count(*) FILTER (WHERE a.status = 'incomplete') AS incomplete,
       coalesce(sum(s.feedback_count), 0)::bigint AS feedback,
       coalesce(sum(s.revoked_count), 0)::bigint AS revoked,
       coalesce(sum(s.validation_count), 0)::bigint AS validations
FROM agents a LEFT JOIN agent_stats s ON s.agent = a.id
GROUP BY a.chain_id;
CREATE UNIQUE INDEX idx_mv_chain_totals_chain ON mv_chain_totals (chain_id);

-- A refresh is due when the data moved, not when time passed: writers bump the version of what they change in
-- their own transaction (one row a chain, so that chains do not wait for each other), and a view remembers the
-- sum that it was built from (of a view that reads views: the sum of theirs).
CREATE TABLE data_versions (
    data               text NOT NULL CHECK (data IN ('agents', 'feedback', 'payments')),
    chain_id           bigint NOT NULL REFERENCES chains,
    version            bigint NOT NULL,
    PRIMARY KEY (data, chain_id)
);
CREATE TABLE view_refreshes (
    view_name          text PRIMARY KEY,
    data_version       numeric NOT NULL DEFAULT 0,
    refreshed_at       timestamptz,
    duration_ms        bigint,
    row_count          bigint
);
INSERT INTO view_refreshes (view_name)
VALUES ('mv_agent_reputation'), ('mv_agent_payments'), ('mv_agent_ranking'), ('mv_chain_totals');

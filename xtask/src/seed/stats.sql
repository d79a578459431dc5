-- What is counted per agent, of the rows of the seeded chain: by the rules of the sync, all at once.

INSERT INTO agent_client_stats (agent, client, feedback_count, last_index)
SELECT agent, client, count(*) FILTER (WHERE revoked_at IS NULL), max(feedback_index)
FROM feedback WHERE chain_id = {chain} AND feedback_index IS NOT NULL
GROUP BY agent, client;

INSERT INTO agent_tag_stats (agent, tag_hash, value_decimals, tag1, tag2, feedback_count, revoked_count, value_sum)
SELECT agent, sha256(convert_to(tag1, 'UTF8') || '\x00'::bytea || convert_to(tag2, 'UTF8')), value_decimals,
       tag1, tag2, count(*) FILTER (WHERE revoked_at IS NULL), count(*) FILTER (WHERE revoked_at IS NOT NULL),
       coalesce(sum(value) FILTER (WHERE revoked_at IS NULL), 0)
FROM feedback WHERE chain_id = {chain} AND feedback_index IS NOT NULL
GROUP BY agent, tag1, tag2, value_decimals;

INSERT INTO agent_token_stats (agent, token, symbol, decimals, payment_count, amount)
SELECT agent, coalesce(token, ''), token_symbol, token_decimals, count(*), sum(amount)
FROM payments WHERE chain_id = {chain} AND status = 'succeeded'
GROUP BY agent, token, token_symbol, token_decimals;

WITH given AS (
    SELECT agent, feedback_index IS NOT NULL AND revoked_at IS NULL AS counts, feedback_index, revoked_at, created_at,
           CASE WHEN tag1 = 'starred' THEN 's' WHEN tag1 = '' AND tag2 = '' THEN 'u' END AS basis,
           value / 10::numeric ^ value_decimals AS score
    FROM feedback WHERE chain_id = {chain}
), scored AS (
    SELECT agent, feedback_index, revoked_at, created_at, counts, score,
           counts AND basis = 's' AND score BETWEEN 0 AND 100 AS starred,
           counts AND basis = 'u' AND score BETWEEN 0 AND 100 AS untagged
    FROM given
), said AS (
    SELECT agent, count(*) FILTER (WHERE counts) AS feedback_count,
           count(*) FILTER (WHERE feedback_index IS NOT NULL AND revoked_at IS NOT NULL) AS revoked_count,
           count(*) FILTER (WHERE feedback_index IS NULL AND revoked_at IS NULL) AS off_chain_count,
           count(*) FILTER (WHERE starred) AS starred_count,
           round(coalesce(sum(score) FILTER (WHERE starred), 0), 18) AS starred_sum,
           count(*) FILTER (WHERE starred AND score >= 80) AS starred_positive,
           count(*) FILTER (WHERE starred AND score < 50) AS starred_negative,
           count(*) FILTER (WHERE untagged) AS untagged_count,
           round(coalesce(sum(score) FILTER (WHERE untagged), 0), 18) AS untagged_sum,
           count(*) FILTER (WHERE untagged AND score >= 80) AS untagged_positive,
           count(*) FILTER (WHERE untagged AND score < 50) AS untagged_negative,
           max(created_at) FILTER (WHERE feedback_index IS NOT NULL) AS last_feedback_at
    FROM scored GROUP BY agent
), clients AS (
    SELECT agent, count(*) FILTER (WHERE feedback_count > 0) AS client_count, max(feedback_count) AS client_max_count
    FROM agent_client_stats GROUP BY agent
), responded AS (
    SELECT f.agent, count(*) AS response_count
    FROM feedback_responses r JOIN feedback f ON f.id = r.feedback WHERE r.chain_id = {chain} GROUP BY f.agent
), validated AS (
    SELECT agent, count(*) AS validation_count, count(response) AS answered_count,
           coalesce(sum(response), 0) AS response_sum
    FROM validations WHERE chain_id = {chain} GROUP BY agent
), paid AS (
    SELECT agent, count(*) AS payment_count, count(*) FILTER (WHERE status = 'succeeded') AS payment_succeeded,
           count(*) FILTER (WHERE status = 'failed') AS payment_failed,
           count(*) FILTER (WHERE status = 'refunded') AS payment_refunded
    FROM payments WHERE chain_id = {chain} GROUP BY agent
)
INSERT INTO agent_stats (agent, feedback_count, revoked_count, off_chain_count, client_count, client_max_count,
    response_count, starred_count, starred_sum, starred_positive, starred_negative, untagged_count, untagged_sum,
    untagged_positive, untagged_negative, last_feedback_at, validation_count, answered_count, response_sum,
    payment_count, payment_succeeded, payment_failed, payment_refunded)
SELECT a.id, coalesce(s.feedback_count, 0), coalesce(s.revoked_count, 0), coalesce(s.off_chain_count, 0),
       coalesce(c.client_count, 0), coalesce(c.client_max_count, 0), coalesce(r.response_count, 0),
       coalesce(s.starred_count, 0), coalesce(s.starred_sum, 0), coalesce(s.starred_positive, 0),
       coalesce(s.starred_negative, 0), coalesce(s.untagged_count, 0), coalesce(s.untagged_sum, 0),
       coalesce(s.untagged_positive, 0), coalesce(s.untagged_negative, 0), s.last_feedback_at,
       coalesce(v.validation_count, 0), coalesce(v.answered_count, 0), coalesce(v.response_sum, 0),
       coalesce(p.payment_count, 0), coalesce(p.payment_succeeded, 0), coalesce(p.payment_failed, 0),
       coalesce(p.payment_refunded, 0)
FROM agents a
LEFT JOIN said s ON s.agent = a.id
LEFT JOIN clients c ON c.agent = a.id
LEFT JOIN responded r ON r.agent = a.id
LEFT JOIN validated v ON v.agent = a.id
LEFT JOIN paid p ON p.agent = a.id
WHERE a.chain_id = {chain};

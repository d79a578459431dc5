-- What searches and standing read at a million agents.

-- Few agents are trusted well, and most of those with a high score are not: by score, the former alone.
CREATE INDEX idx_mv_agent_reputation_trusted ON mv_agent_reputation (score DESC NULLS LAST, agent DESC)
    WHERE trust_level IN ('excellent', 'good');

-- Paid feedback is counted within the index: an agent with much of it has its rows all over the table.
DROP INDEX idx_feedback_paid;
CREATE INDEX idx_feedback_paid ON feedback (agent) INCLUDE (feedback_index) WHERE paid AND revoked_at IS NULL;

DROP INDEX idx_feedback_paid;
CREATE INDEX idx_feedback_paid ON feedback (agent) WHERE paid;
DROP INDEX idx_mv_agent_reputation_trusted;

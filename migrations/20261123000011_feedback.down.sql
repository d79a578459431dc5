DROP TABLE feedback_turns;
DROP INDEX idx_feedback_handed_in, idx_feedback_off_chain, idx_feedback_newest, idx_feedback_client;
ALTER TABLE feedback
    DROP CONSTRAINT feedback_chain_check,
    DROP CONSTRAINT feedback_place_check,
    DROP CONSTRAINT feedback_file_check,
    DROP CONSTRAINT feedback_signature_check,
    DROP issued_at,
    DROP expires_at;

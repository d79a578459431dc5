DROP TABLE agent_client_stats, agent_tag_stats, agent_stats, payments, validation_responses, validations,
    feedback_responses, feedback;

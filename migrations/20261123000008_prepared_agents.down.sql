DROP TABLE prepared_agents;

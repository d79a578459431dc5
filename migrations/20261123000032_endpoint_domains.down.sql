DROP TABLE endpoint_domains;
DROP INDEX idx_agent_services_domain;
DROP FUNCTION endpoint_domain(text);

-- What an event costs is the indexes and foreign keys of the rows that follow from it (docs/decisions/0006).

-- Tables that the fold alone writes: an agent and all rows of it come and go in one transaction.
ALTER TABLE chain_events DROP CONSTRAINT chain_events_chain_id_fkey;
ALTER TABLE agent_identities DROP CONSTRAINT agent_identities_chain_id_fkey;
ALTER TABLE agents DROP CONSTRAINT agents_id_fkey;
ALTER TABLE agent_owners DROP CONSTRAINT agent_owners_agent_fkey;
ALTER TABLE agent_wallets DROP CONSTRAINT agent_wallets_agent_fkey;
ALTER TABLE agent_approvals DROP CONSTRAINT agent_approvals_agent_fkey;
ALTER TABLE agent_services DROP CONSTRAINT agent_services_agent_fkey;
ALTER TABLE agent_metadata DROP CONSTRAINT agent_metadata_agent_fkey;
ALTER TABLE agent_stats DROP CONSTRAINT agent_stats_agent_fkey;
ALTER TABLE agent_tag_stats DROP CONSTRAINT agent_tag_stats_agent_fkey;
ALTER TABLE agent_client_stats DROP CONSTRAINT agent_client_stats_agent_fkey;

-- An agent whose file is not here has nothing to be found by.
DROP INDEX idx_agents_search, idx_agents_name, idx_agents_name_trgm, idx_agents_skills, idx_agents_domains,
    idx_agents_service_names, idx_agents_supported_trust;
CREATE INDEX idx_agents_search ON agents USING gin (search) WHERE search <> '';
CREATE INDEX idx_agents_name ON agents (name_key, id) WHERE name_key IS NOT NULL;
CREATE INDEX idx_agents_name_trgm ON agents USING gin (name_key gin_trgm_ops) WHERE name_key IS NOT NULL;
CREATE INDEX idx_agents_skills ON agents USING gin (skills) WHERE skills <> '{}';
CREATE INDEX idx_agents_domains ON agents USING gin (domains) WHERE domains <> '{}';
CREATE INDEX idx_agents_service_names ON agents USING gin (service_names) WHERE service_names <> '{}';
CREATE INDEX idx_agents_supported_trust ON agents USING gin (filter_terms(supported_trust))
    WHERE supported_trust <> '{}';

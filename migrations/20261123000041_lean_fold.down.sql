DROP INDEX idx_agents_search, idx_agents_name, idx_agents_name_trgm, idx_agents_skills, idx_agents_domains,
    idx_agents_service_names, idx_agents_supported_trust;
CREATE INDEX idx_agents_search ON agents USING gin (search);
CREATE INDEX idx_agents_name ON agents (name_key, id);
CREATE INDEX idx_agents_name_trgm ON agents USING gin (name_key gin_trgm_ops);
CREATE INDEX idx_agents_skills ON agents USING gin (skills);
CREATE INDEX idx_agents_domains ON agents USING gin (domains);
CREATE INDEX idx_agents_service_names ON agents USING gin (service_names);
CREATE INDEX idx_agents_supported_trust ON agents USING gin (filter_terms(supported_trust));

ALTER TABLE agent_client_stats
    ADD CONSTRAINT agent_client_stats_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agent_tag_stats
    ADD CONSTRAINT agent_tag_stats_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agent_stats
    ADD CONSTRAINT agent_stats_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agent_metadata
    ADD CONSTRAINT agent_metadata_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agent_services
    ADD CONSTRAINT agent_services_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agent_approvals
    ADD CONSTRAINT agent_approvals_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agent_wallets
    ADD CONSTRAINT agent_wallets_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agent_owners
    ADD CONSTRAINT agent_owners_agent_fkey FOREIGN KEY (agent) REFERENCES agents ON DELETE CASCADE;
ALTER TABLE agents ADD CONSTRAINT agents_id_fkey FOREIGN KEY (id) REFERENCES agent_identities;
ALTER TABLE agent_identities
    ADD CONSTRAINT agent_identities_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES chains;
ALTER TABLE chain_events ADD CONSTRAINT chain_events_chain_id_fkey FOREIGN KEY (chain_id) REFERENCES chains;

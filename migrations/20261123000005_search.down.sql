DROP TABLE view_refreshes, data_versions;
DROP MATERIALIZED VIEW mv_chain_totals, mv_agent_ranking, mv_agent_payments, mv_agent_reputation;
DROP FUNCTION agent_trust_level;
DROP INDEX idx_agents_supported_trust, idx_agents_service_names, idx_agents_domains, idx_agents_skills,
    idx_agents_name_trgm, idx_agents_search, idx_agents_wallet, idx_agents_owner, idx_agents_name,
    idx_agents_chain_newest, idx_agents_newest, idx_erc8004_agents_active_covering;
DROP FUNCTION filter_terms;
DROP EXTENSION pg_trgm;

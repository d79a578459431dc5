DROP TABLE agent_metadata, agent_services, owner_operators, agent_approvals, agent_wallets, agent_owners, agents,
    agent_identities;

DROP TABLE chain_events, chain_blocks, sync_cursors, registries, chains;

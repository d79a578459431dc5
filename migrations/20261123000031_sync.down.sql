ALTER TABLE sync_cursors DROP safe_block;
ALTER TABLE chains DROP rpc_quorum;

-- What a chain may ask of its endpoints, and what it says of its blocks.

ALTER TABLE chains
    -- So many endpoints must have the last block of a range before it is applied.
    ADD rpc_quorum smallint NOT NULL DEFAULT 1 CHECK (rpc_quorum BETWEEN 1 AND 10);

ALTER TABLE sync_cursors
    -- The latest block that the chain itself calls safe.
    ADD safe_block bigint;

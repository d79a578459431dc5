-- Adds a chain with its registries, given as JSON; one that is there is set active and left where it is. The first
-- identity registry of a chain is what short ids mean, and what the registries that come with it speak of.
WITH given AS (
    SELECT * FROM jsonb_to_record($1::jsonb) AS chain (
        "chainId" bigint, name text, "startBlock" bigint, confirmations integer, "hasFinalizedTag" boolean,
        "blockTimeMs" integer, registries jsonb)
), chain AS (
    INSERT INTO chains (chain_id, name, start_block, confirmations, has_finalized_tag, block_time_ms)
    SELECT "chainId", name, "startBlock", confirmations, "hasFinalizedTag", "blockTimeMs" FROM given
    ON CONFLICT (chain_id) DO UPDATE SET
        name = EXCLUDED.name, confirmations = EXCLUDED.confirmations, status = 'active',
        has_finalized_tag = EXCLUDED.has_finalized_tag, block_time_ms = EXCLUDED.block_time_ms
), contracts AS (
    SELECT "chainId" AS chain_id, contract ->> 'kind' AS kind, place,
           decode(substr(contract ->> 'address', 3), 'hex') AS address
    FROM given, jsonb_array_elements(registries) WITH ORDINALITY AS each (contract, place)
), identity AS (
    SELECT address FROM contracts WHERE kind = 'identity' ORDER BY place LIMIT 1
)
INSERT INTO registries (chain_id, address, kind, identity_registry, is_default)
SELECT c.chain_id, c.address, c.kind,
       CASE c.kind WHEN 'identity' THEN c.address ELSE (SELECT address FROM identity) END,
       c.kind <> 'identity' OR c.address = (SELECT address FROM identity) AND NOT EXISTS (
           SELECT FROM registries r
           WHERE r.chain_id = c.chain_id AND r.kind = 'identity' AND r.is_default AND r.address <> c.address)
FROM contracts c
ORDER BY c.place
ON CONFLICT (chain_id, address) DO NOTHING

-- Whether a wallet owns an agent, is approved for it, or is an operator of its owner: what `isAuthorizedOrOwner` of the
-- identity registry answers as of the block that is indexed. The reputation registry takes no feedback from such a
-- wallet. An agent that is not on chain has no owner, so nobody is.
--
-- An approval ends at the agent's next transfer (ERC-721); an operator acts for whatever its owner owns at the time. The
-- wallet that the agent is paid at (`agentWallet`) is another matter.
CREATE FUNCTION is_authorized_or_owner(spender bytea, of_agent uuid) RETURNS boolean LANGUAGE sql STABLE
RETURN EXISTS (
    SELECT FROM agents a
    WHERE a.id = of_agent AND (spender IN (a.owner, a.approved) OR EXISTS (
        SELECT FROM owner_operators o
        WHERE o.chain_id = a.chain_id AND o.identity_registry = a.identity_registry
          AND o.owner = a.owner AND o.operator = spender AND o.to_block IS NULL)));

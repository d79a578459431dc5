-- The domains that agents' services are at: whether they answer, and whose they say that they are.

-- The domain of an https endpoint, in lower case, with its port where it names one; NULL for any other endpoint.
CREATE FUNCTION endpoint_domain(endpoint text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(substring(endpoint FROM '^[hH][tT][tT][pP][sS]://([A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)(?:[/?#]|$)'));

CREATE INDEX idx_agent_services_domain ON agent_services (endpoint_domain(endpoint))
    WHERE endpoint_domain(endpoint) IS NOT NULL;

CREATE TABLE endpoint_domains (
    domain             text PRIMARY KEY,
    -- Whether anything answered when it was asked last, whatever it said; NULL until then.
    reachable          boolean,
    -- What /.well-known/agent-registration.json lists, as `eip155:{chainId}:{registry in lower case}:{agentId}`;
    -- NULL where there is no such file.
    registrations      text[],
    checked_at         timestamptz,
    last_error         text,
    -- Failed ones since it was reachable last.
    attempts           integer NOT NULL DEFAULT 0,
    -- Whoever asks moves this beyond the time that asking may take.
    next_attempt_at    timestamptz NOT NULL
);
CREATE INDEX idx_endpoint_domains_due ON endpoint_domains (next_attempt_at);

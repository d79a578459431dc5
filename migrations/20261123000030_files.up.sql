-- Files that agents only point to, as the resolver fetched them from the open web.

CREATE TABLE remote_files (
    -- SHA-256 of the URI: a URI on chain has no length that an index could hold.
    uri_hash           bytea PRIMARY KEY CHECK (length(uri_hash) = 32),
    uri                text NOT NULL,
    -- 'waiting': not fetched yet, or to be tried again. 'given_up': tried as often as it is worth. 'refused': not a URL
    -- that is asked.
    state              text NOT NULL CHECK (state IN ('waiting', 'fetched', 'given_up', 'refused')),
    -- As it came, decompressed; NULL until it did.
    content            bytea,
    -- Keccak-256 of the content.
    content_hash       bytea CHECK (length(content_hash) = 32),
    -- Whether a CID names this very content; NULL where none does.
    cid_verified       boolean,
    -- What the server said, for asking whether it changed (RFC 9110, section 13.1).
    etag               text,
    last_modified      text,
    fetched_at         timestamptz,
    -- Failed ones since it was fetched last.
    attempts           integer NOT NULL DEFAULT 0,
    last_error         text,
    -- 'infinity': never. Whoever fetches a file first moves this beyond the time that the fetch may take.
    next_attempt_at    timestamptz NOT NULL
);
CREATE INDEX idx_remote_files_due ON remote_files (next_attempt_at) WHERE next_attempt_at < 'infinity';

-- The agents of a file that came, and those whose file did not come yet.
CREATE INDEX idx_agents_remote_uri ON agents (md5(agent_uri)) WHERE uri_kind IN ('https', 'http', 'ipfs');
CREATE INDEX idx_agents_pending ON agents (id) WHERE registration_state = 'pending';

-- 'unreachable': it is elsewhere, and the resolver gave up.
ALTER TABLE agents DROP CONSTRAINT agents_registration_state_check;
ALTER TABLE agents ADD CONSTRAINT agents_registration_state_check CHECK (registration_state IN
    ('none', 'valid', 'faulty', 'pending', 'unreadable', 'unsupported', 'unreachable'));

-- The same domain of the same endpoints in a hundredth of the time. A bounded repetition within a group takes half a
-- millisecond for each endpoint, which every reader of services pays, and the index of a million agents for minutes.
CREATE OR REPLACE FUNCTION endpoint_domain(endpoint text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN endpoint ~ '^[hH][tT][tT][pP][sS]://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#]|$)'
        AND length(split_part(split_part(split_part(split_part(endpoint, '/', 3), '?', 1), '#', 1), ':', 1)) <= 253
    THEN lower(split_part(split_part(split_part(endpoint, '/', 3), '?', 1), '#', 1))
END;

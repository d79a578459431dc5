CREATE OR REPLACE FUNCTION endpoint_domain(endpoint text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(substring(endpoint FROM '^[hH][tT][tT][pP][sS]://([A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)(?:[/?#]|$)'));

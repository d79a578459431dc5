DROP FUNCTION is_authorized_or_owner(bytea, uuid);

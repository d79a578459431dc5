-- When a view was last known to hold all that its tables hold: refreshed then, or found to need no refresh.
ALTER TABLE view_refreshes ADD COLUMN fresh_at timestamptz;
UPDATE view_refreshes SET fresh_at = refreshed_at;

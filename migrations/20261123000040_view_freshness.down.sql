ALTER TABLE view_refreshes DROP COLUMN fresh_at;

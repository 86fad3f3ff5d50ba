-- The time of the last connection with OAuth was written and never read.
ALTER TABLE credentials DROP COLUMN connected_at;

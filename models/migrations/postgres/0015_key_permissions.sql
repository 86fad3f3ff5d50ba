-- The permissions of a secret key at its last check: a JSON object of their status by name.
ALTER TABLE credentials ADD COLUMN permissions TEXT;

-- Events record their actor by kind and id, and the credential as it was after them.
ALTER TABLE events ADD COLUMN actor_kind TEXT NOT NULL DEFAULT 'USER' CHECK (actor_kind IN ('TOKEN', 'USER', 'STRIPE', 'SYSTEM'));
ALTER TABLE events ADD COLUMN actor_id TEXT;
ALTER TABLE events ADD COLUMN problem TEXT;
ALTER TABLE events ADD COLUMN expires_at TEXT;
ALTER TABLE events ADD COLUMN secret_version INTEGER;
ALTER TABLE credentials ADD COLUMN secret_version INTEGER NOT NULL DEFAULT 1;

-- Older events have only the actor's name. No token can have a reserved name. Of the tokens with a name, all but the newest were
-- revoked before that one was issued. Any other name is a user's, whose subject was not recorded.
UPDATE events SET actor_kind = CASE actor WHEN 'stripe' THEN 'STRIPE' ELSE 'SYSTEM' END
    WHERE actor IN ('cli', 'server', 'stripe', 'system');
UPDATE events SET actor_id = (
    SELECT id FROM api_tokens
    WHERE organization_id = events.organization_id AND name = events.actor AND created_at <= events.occurred_at
    ORDER BY created_at DESC LIMIT 1) WHERE actor_kind = 'USER';
UPDATE events SET actor_kind = 'TOKEN' WHERE actor_id IS NOT NULL;

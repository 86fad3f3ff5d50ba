-- An integration uses a credential of its own organization. Events, Stripe authorizations and idempotency keys name rows
-- that they outlive, so no foreign key can hold there.
DROP INDEX credentials_by_creation;
CREATE UNIQUE INDEX credentials_by_creation ON credentials (organization_id, id);
ALTER TABLE integrations DROP CONSTRAINT integrations_credential_id_fkey;
ALTER TABLE integrations ADD CONSTRAINT integrations_own_credential
    FOREIGN KEY (organization_id, credential_id) REFERENCES credentials (organization_id, id) ON DELETE RESTRICT;

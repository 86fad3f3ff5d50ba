-- Lists can be ordered by the time of the last update, and filtered by the Stripe account.
CREATE INDEX integrations_by_update ON integrations (organization_id, updated_at, id);
CREATE INDEX credentials_by_update ON credentials (organization_id, updated_at, id);
CREATE INDEX credentials_by_account ON credentials (organization_id, account_id, id);

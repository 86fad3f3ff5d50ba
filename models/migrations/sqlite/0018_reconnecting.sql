-- The time of the last connection with OAuth was written and never read.
ALTER TABLE credentials DROP COLUMN connected_at;
-- The end of the attempt that is being made: codes are not exchanged meanwhile.
ALTER TABLE withdrawals ADD COLUMN claimed_until TEXT;

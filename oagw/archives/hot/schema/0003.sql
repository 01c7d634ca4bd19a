-- No sample that was ever sealed is later than this source time (ns). It is not known of what
-- was sealed before this version.
ALTER TABLE decided ADD COLUMN until INTEGER NOT NULL DEFAULT 9223372036854775807;
UPDATE decided SET until = -9223372036854775808
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'batch');

-- To what the numbers of batches and of elements belong: a store elsewhere remembers it.
CREATE TABLE identity (id TEXT NOT NULL);
INSERT INTO identity VALUES (lower(hex(randomblob(16))));

-- The archive that has the values: the identity of its hot store; empty before the first start.
CREATE TABLE archive (identity TEXT NOT NULL);
INSERT INTO archive VALUES ('');

-- The tokens of all starts, the last one last. The archive has them too; the last one only for
-- sure if that is noted.
CREATE TABLE start (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    confirmed INTEGER NOT NULL DEFAULT 0
);

-- To what the checksums of rows belong; whether those of earlier versions have one.
CREATE TABLE file (id TEXT NOT NULL, filled INTEGER NOT NULL DEFAULT 0);
INSERT INTO file (id) VALUES (lower(hex(randomblob(16))));
ALTER TABLE dp_type ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE datapoint ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE config ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE last_value ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE kept_section ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE former_element ADD COLUMN checked INTEGER NOT NULL DEFAULT 0;

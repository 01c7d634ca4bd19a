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

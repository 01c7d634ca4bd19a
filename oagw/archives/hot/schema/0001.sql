-- One row for each group commit: its samples as msgpack of five columns. AUTOINCREMENT, for
-- partitions remember up to which id they have what is here: an id is never given again.
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    samples BLOB NOT NULL
);

-- The embedded system: its types, datapoints, stored configs, users and last values.

CREATE TABLE dp_type (
    name TEXT PRIMARY KEY,
    definition TEXT NOT NULL        -- JSON: {"name", "type", "number", "children"}
);

-- AUTOINCREMENT, so that a datapoint never inherits the history of a deleted one.
CREATE TABLE datapoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    dp_type TEXT NOT NULL REFERENCES dp_type
);

-- element = datapoint.id * 65536 + the element's number in the type
CREATE TABLE config (
    element INTEGER NOT NULL,
    name TEXT NOT NULL,             -- of the config: _archive
    attributes BLOB NOT NULL,       -- msgpack: {attribute: value}
    PRIMARY KEY (element, name)
) WITHOUT ROWID;

CREATE TABLE user (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
INSERT INTO user VALUES (0, 'root');

CREATE TABLE last_value (
    element INTEGER PRIMARY KEY,
    sample BLOB NOT NULL            -- msgpack: [value, stime, status, user]
);

-- What changed since last_value was written, one row for each group commit.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    samples BLOB NOT NULL           -- msgpack: [[element, [value, stime, status, user]], ...]
);

-- The tokens of all starts, the last one last; the store of the datapoints has that too.
CREATE TABLE start (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE
);

-- The highest numbers that were ever used of datapoints, of elements within their types, and
-- of users. What is not sealed yet counts too, and is not written here before it is.
CREATE TABLE used (datapoint INTEGER NOT NULL, element INTEGER NOT NULL, user INTEGER NOT NULL);
INSERT INTO used VALUES (0, 0, 0);

-- The partitions that there must be, and up to which batch each has what is its own.
CREATE TABLE partition (
    month INTEGER NOT NULL,                 -- since January 1970
    name TEXT NOT NULL,                     -- of the group; empty is none
    batch INTEGER NOT NULL,
    PRIMARY KEY (month, name)
) WITHOUT ROWID;

-- Whether the next start takes the partitions that are there for its own, as the first one
-- of this version does.
ALTER TABLE identity ADD COLUMN adopting INTEGER NOT NULL DEFAULT 1;

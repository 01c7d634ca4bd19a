-- A run has samples ordered by series and time. Runs stand in the order of arrival: of
-- equal times the earlier run's sample is the earlier.
CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    replaced INTEGER NOT NULL DEFAULT 0     -- another run has its samples
);

CREATE TABLE block (
    id INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run,
    kind INTEGER NOT NULL,
    place INTEGER NOT NULL,                 -- in the run
    first_series INTEGER NOT NULL,
    last_series INTEGER NOT NULL,
    first INTEGER NOT NULL,                 -- source times in ns
    last INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    data BLOB NOT NULL,
    summary BLOB                            -- for charts
);

-- All that is needed to find a block, without the block.
CREATE INDEX block_place ON block (
    run, kind, last_series, place, first_series, first, last, samples
);

-- What the hot store has up to this id, and belongs to this partition, is here.
CREATE TABLE sealed (batch INTEGER NOT NULL);
INSERT INTO sealed VALUES (0);

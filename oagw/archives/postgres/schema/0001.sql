-- Archives are kept apart by the identity of the hot store that they are filled from: to it
-- the numbers of batches and of series belong.
CREATE TABLE archive (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identity text NOT NULL UNIQUE,
    system text NOT NULL,
    layout text NOT NULL,                   -- blocks, or rows
    since timestamptz NOT NULL DEFAULT now()
);

-- The names of elements, as far as something of them is archived. The number of a series is
-- the gateway's.
CREATE TABLE element (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    archive int NOT NULL REFERENCES archive,
    series bigint NOT NULL,
    name text NOT NULL,
    UNIQUE (archive, series)
);

-- A month (UTC) of an archive group. What the hot store has up to that batch, and belongs
-- here, is here.
CREATE TABLE partition (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    archive int NOT NULL REFERENCES archive,
    month int NOT NULL,                     -- months since January 1970
    name text NOT NULL,                     -- of the group; empty is none
    batch bigint NOT NULL DEFAULT 0,
    UNIQUE (archive, month, name)
);

-- Runs stand in the order of arrival: of equal times the earlier run's sample is the earlier.
CREATE TABLE run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partition int NOT NULL REFERENCES partition,
    position int NOT NULL,
    samples bigint NOT NULL,
    first bigint NOT NULL,                  -- source times in ns
    last bigint NOT NULL,
    size bigint NOT NULL,                   -- bytes
    low bigint NOT NULL,                    -- of rows: the first and the last number
    high bigint NOT NULL,
    replaced_by bigint                      -- another run has its samples
);
CREATE INDEX run_of_partition ON run (partition);

-- Layout blocks: the blocks of the embedded archive as they are.
CREATE TABLE block (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run bigint NOT NULL REFERENCES run,
    kind smallint NOT NULL,
    place int NOT NULL,                     -- in the run
    first_series bigint NOT NULL,
    last_series bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    samples int NOT NULL,
    data bytea NOT NULL,
    summary bytea                           -- for charts
);
-- They are compressed already.
ALTER TABLE block ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE block ALTER COLUMN summary SET STORAGE EXTERNAL;
CREATE INDEX block_place ON block (run, kind, last_series, place);

-- Layout rows: a row for each value. It may be made a hypertable by ts.
CREATE TABLE sample (
    element int NOT NULL,
    ts timestamptz NOT NULL,                -- source time, to the µs
    value double precision,                 -- of numbers, bools (0 and 1) and times (ns)
    status bigint NOT NULL,                 -- the 64 bits
    text text,                              -- of what is no number: itself, or as JSON
    user_number bigint NOT NULL,
    ns smallint NOT NULL,                   -- what the source time has more than ts
    kind smallint NOT NULL,
    exact bytea,                            -- msgpack of what value and text do not say
    partition int NOT NULL,
    number bigint NOT NULL,                 -- in the partition, by arrival
    gone bigint                             -- not of this run and later ones any more
);
CREATE INDEX sample_place ON sample (element, ts);
CREATE INDEX sample_partition ON sample USING brin (partition, ts);
CREATE INDEX sample_gone ON sample (partition, gone) WHERE gone IS NOT NULL;

-- For people.
CREATE VIEW value AS
SELECT archive.system || ':' || element.name AS element, sample.ts, sample.value,
    sample.status, sample.text, sample.ns, sample.user_number
FROM sample
JOIN element ON element.id = sample.element
JOIN archive ON archive.id = element.archive
WHERE sample.gone IS NULL;

-- One row for each archived sample. arrival orders samples of equal source time.
CREATE TABLE sample (
    series INTEGER NOT NULL,
    stime INTEGER NOT NULL,         -- ns since the epoch
    arrival INTEGER NOT NULL,
    status INTEGER NOT NULL,        -- 64 bits, as a signed number
    user INTEGER NOT NULL,
    value BLOB NOT NULL,            -- msgpack
    PRIMARY KEY (series, stime, arrival)
) WITHOUT ROWID;

CREATE TABLE arrival (next INTEGER NOT NULL);
INSERT INTO arrival VALUES (1);

-- Of the batches up to this one it is decided to which archive groups they are sealed.
CREATE TABLE decided (batch INTEGER NOT NULL);
INSERT INTO decided VALUES (0);

-- Samples of a series in batches after this one are sealed to the group of that name, up to
-- the next row of the series. Without a row: to none.
CREATE TABLE archive_group (
    series INTEGER NOT NULL,
    batch INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (series, batch)
) WITHOUT ROWID;

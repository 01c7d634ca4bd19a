-- Summaries are read without the blocks: they stand in a table of their own. Only blocks that
-- have nothing but good values of one series have one; those written before get theirs when
-- they are written anew.
ALTER TABLE block DROP COLUMN summary;
CREATE TABLE summary (
    block INTEGER PRIMARY KEY REFERENCES block,
    data BLOB NOT NULL
);

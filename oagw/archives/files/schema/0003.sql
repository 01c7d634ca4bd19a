-- The identity of the hot store that it is filled from; empty if it is not known.
ALTER TABLE sealed ADD COLUMN owner TEXT NOT NULL DEFAULT '';

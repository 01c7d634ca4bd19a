-- References, changes at run time, and what a project export brings with it.

-- JSON: {path: number of the element on disk}; empty means those of the definition.
ALTER TABLE dp_type ADD COLUMN numbers TEXT NOT NULL DEFAULT '';
-- What the next new element is called; 0 is the one after the highest.
ALTER TABLE dp_type ADD COLUMN next_number INTEGER NOT NULL DEFAULT 0;

-- The ID of a datapoint in the project that it was imported from; 0 is unknown.
ALTER TABLE datapoint ADD COLUMN dp_id INTEGER NOT NULL DEFAULT 0;

-- Sections of DPL files that mean nothing here; written back by an export.
CREATE TABLE kept_section (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (name, text)
);

-- Archived elements that are no more: their history can be read by the name they had.
CREATE TABLE former_element (
    element INTEGER PRIMARY KEY,
    name TEXT NOT NULL,             -- Dp.element
    type INTEGER NOT NULL           -- what it held: the number of the element type
);

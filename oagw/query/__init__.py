"""The query language: parser, syntax tree, conditions and result rows; no I/O."""

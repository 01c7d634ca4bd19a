"""The query language: text to tokens to a syntax tree. Pure."""

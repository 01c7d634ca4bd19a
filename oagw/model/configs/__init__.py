"""The configs of an element: one module for each kind, and the catalogue of all."""

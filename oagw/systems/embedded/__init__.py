"""The datapoint manager that needs no WinCC OA, with its simulation."""

"""The bridge inside WinCC OA."""

"""DPL texts, which WinCC OA's ASCII manager exports and imports: read and written."""

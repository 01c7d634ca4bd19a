"""DPL texts: read and write the files of WinCC OA's ASCII manager."""

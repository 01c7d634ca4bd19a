"""oagw, the open gateway for WinCC OA datapoints."""

"""The nouns: names, patterns, values, times, status bits, types and configs. Pure."""

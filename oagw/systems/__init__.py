"""The backends that hold datapoints."""

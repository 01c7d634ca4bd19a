"""Types, datapoints and values in memory, independent of the backend that fills them."""

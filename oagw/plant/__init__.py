"""Datapoints in memory, whoever fills them."""

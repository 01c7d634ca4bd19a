"""Tests of the datapoints in memory."""

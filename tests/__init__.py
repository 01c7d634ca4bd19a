"""Tests of oagw, in the packages of what they test."""

from hypothesis import HealthCheck, settings

# On a machine that has other things to do an example may take any time.
settings.register_profile(
    "oagw", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("oagw")

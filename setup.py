"""Makes oagw installable; what it is stands in pyproject.toml."""

from setuptools import setup

setup()

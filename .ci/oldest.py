#!/usr/bin/env python3
"""Print constraints for pip: the oldest versions that pyproject.toml allows users to have.

The tools of the tests and of developers are not among them.
"""

import tomllib
from pathlib import Path

TOOLS = {"test", "dev"}

file = Path(__file__).parents[1] / "pyproject.toml"
project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
required = list(project["dependencies"])
for extra, lines in project["optional-dependencies"].items():
    if extra not in TOOLS:
        required += lines
for line in required:
    # As in Twisted[tls]>=24.3,<27.
    name, bounds = line.split(">=")
    print(f"{name.partition('[')[0]}=={bounds.partition(',')[0]}")

"""A small plant for queries whose results are checked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from oagw.query.resultrows import Row
from tests.systems.bench import Bench, EmbeddedTestCase

PLANT = """
[types]
Float = "float"
Bool = "bool"
_Ui = "string"
[types.Valve]
open = "bool"
position = "float"
[types.Valve.state]
text = "string"
mode = "int"
[types.Package]
Status = "int"
name = "string"
[types.Package.Claim]
date = "time"
[types.Mixed]
list = "dyn_float"
blob = "blob"
label = "langString"
time = "time"

[datapoints]
Float = ["F1", "F2", "_mp_Float"]
Bool = ["B1"]
_Ui = ["_Ui_1", "_Ui_2"]
Valve = ["valve_1", "valve_2", "gate_1"]
Package = ["pack_1", "pack_2"]
Mixed = ["mixed"]

[values]
"F1." = 1.5
"F2." = 60
"_mp_Float." = 70
"B1." = true
"_Ui_1." = "anna"
"valve_1.open" = true
"valve_1.position" = 80
"valve_2.position" = 20
"gate_1.position" = 50
"valve_*.state.text" = "auto"
"gate_1.state.text" = "manual"
"valve_2.state.mode" = 3
"pack_1.Status" = 2
"pack_2.Status" = 1
"pack_1.name" = "left"
"pack_2.name" = "right"

[archive]
elements = ["F*", "valve_1.*"]
"""
VALUE = "SELECT '_online.._value' FROM"
#: Seconds between two slices.
TURN = 1e-6


class QueriesTestCase(EmbeddedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.bench = Bench(Path(self.mktemp()), PLANT)
        self.start()

    def short(self, rows: Sequence[Row]) -> list[Any]:
        """Rows without the system's name; those of one column as pairs."""
        return [(str(row[0]).removeprefix("System1:"), *row[1:]) for row in rows]

    def found(self, text: str) -> list[Any]:
        return self.short(self.query(text))

    def names(self, text: str) -> str:
        return " ".join(row[0] for row in self.found(text))

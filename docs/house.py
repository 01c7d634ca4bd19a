"""Draws docs/house.svg from the code: python -m docs.house."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from tests.house import FLOORS, MODULES, TREES, is_in

PICTURE = Path(__file__).with_name("house.svg")
#: In pixels: the width of the picture, gaps, the height of a line, the floors' numbers.
_WIDTH, _GAP, _LINE, _LEFT = 1000, 10, 16, 30
#: Characters of text per pixel, at the size in which text is drawn.
_CHARACTERS = 1 / 6.4
_STYLE = """
text { font: 12px sans-serif; fill: #24292f }
.name { font-weight: bold; font-size: 13px }
.inner { fill: #57606a }
rect { fill: #eef4fb; stroke: #6e8fb3 }
"""


def _purpose(room: str) -> str:
    """What the docstring of a room says first."""
    first = (ast.get_docstring(TREES[room]) or "").split("\n")[0]
    return first.replace("``", "").rstrip(".")


def _inner(room: str) -> list[str]:
    """The rooms inside a room."""
    packages = {
        name.removeprefix(f"{room}.").split(".")[0]
        for name, path in MODULES.items()
        if is_in(name, room) and name != room and path.name == "__init__.py"
    }
    return sorted(packages - {"schema"})


def _lines(room: str, width: float) -> list[tuple[str, str]]:
    """The lines of a room's box, each with its class in the style."""
    fitting = int((width - 2 * _GAP) * _CHARACTERS)
    lines = [("name", room.removeprefix("oagw."))]
    lines += [("", line) for line in textwrap.wrap(_purpose(room), fitting)]
    if inner := ", ".join(f"{name}/" for name in _inner(room)):
        lines += [("inner", line) for line in textwrap.wrap(inner, fitting)]
    return lines


def _floor(number: int, top: float) -> tuple[list[str], float]:
    """A floor's boxes, and where the next floor begins."""
    rooms = FLOORS[number]
    width = (_WIDTH - _LEFT - _GAP * len(rooms)) / len(rooms)
    boxes = [_lines(room, width) for room in rooms]
    height = max(map(len, boxes)) * _LINE + _GAP
    drawn = [f'<text class="name" x="{_GAP}" y="{top + height / 2:g}">{number}</text>']
    for index, lines in enumerate(boxes):
        left = _LEFT + index * (width + _GAP)
        drawn.append(
            f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="4"/>'
        )
        for row, (style, text) in enumerate(lines, 1):
            drawn.append(
                f'<text class="{style}" x="{left + _GAP:g}" y="{top + row * _LINE:g}">'
                f"{escape(text)}</text>"
            )
    return drawn, top + height + _GAP


def _elements() -> Iterator[str]:
    top: float = _GAP
    body: list[str] = []
    for number in reversed(range(len(FLOORS))):
        drawn, top = _floor(number, top)
        body += drawn
    size = f'width="{_WIDTH}" height="{top:g}" viewBox="0 0 {_WIDTH} {top:g}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    yield f"<style>{_STYLE}</style>"
    yield f'<rect width="{_WIDTH}" height="{top:g}" style="fill: #ffffff; stroke: none"/>'
    yield from body
    yield "</svg>"


def house() -> str:
    """The picture: floors from the top to the ground, with their rooms."""
    return "\n".join(_elements()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(house(), encoding="utf-8")

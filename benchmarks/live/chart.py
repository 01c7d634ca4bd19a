"""A chart of what was measured: a group of bars for each load, a bar for each server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.live.suite import Result

_COLOURS = {
    "oagw": "#0072b2",
    "prototype": "#56b4e9",
    "autobahn": "#e69f00",
    "picows": "#009e73",
    "mosquitto": "#cc79a7",
    "nats-server": "#999999",
}
#: Inches that a bar takes, and the title of a group.
_BAR, _TITLE = 0.21, 0.55


def draw(found: Mapping[str, Sequence[Result]], path: Path) -> None:
    """Draw results by what they were measured over, as SVG.

    :raises ModuleNotFoundError: matplotlib is not installed.
    """
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    # Text stays text, and the same figures make the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "oagw", "font.size": 9})
    groups = [(scheme, one) for scheme, results in found.items() for one in results]
    heights = [_TITLE + _BAR * len(one.costs) for _, one in groups]
    figure, every = pyplot.subplots(
        len(groups),
        1,
        figsize=(7, sum(heights)),
        height_ratios=heights,
        layout="constrained",
        squeeze=False,
    )
    for (scheme, result), axes in zip(groups, every[:, 0], strict=True):
        names = list(result.costs)
        costs = [result.costs[name].server_us for name in names]
        bars = axes.barh(names, costs, color=[_COLOURS[name] for name in names])
        axes.bar_label(bars, fmt="%.3g", padding=3)
        axes.margins(x=0.12)
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.set_title(f"{scheme}: {result.title}", loc="left", fontsize=9, weight="bold")
    figure.suptitle("Microseconds of the server's processor time for each message")
    figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)

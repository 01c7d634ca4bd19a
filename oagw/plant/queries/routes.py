"""Ways to the datapoints that a query can be about: the shortest is taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter

from oagw.model.patterns import Alternative, Pattern
from oagw.plant.plant import (
    Datapoint,
    Plant,
)
from oagw.query.demands import Demands

#: A way that leads to this part of all datapoints or more is no shorter than all of them.
_MOST = 4


@dataclass(frozen=True, slots=True)
class Route:
    """A way to datapoints, among which are all that are meant.

    :ivar title: what it goes by, for people.
    :ivar count: how many it leads to.
    :ivar find: gets them, in no order, each once.
    """

    title: str
    count: int
    find: Callable[[], list[Datapoint]]


def shortest(routes: Iterable[Route]) -> Route:
    """The one that leads to the fewest datapoints."""
    return min(routes, key=lambda route: route.count)


def by_source(plant: Plant, source: Pattern) -> Route:
    """By the names in FROM."""
    # Many alternatives differ in their elements alone: *.value.{speed,flow}.
    groups: dict[re.Pattern[str], Alternative] = {
        one.datapoint: one for one in source.alternatives
    }
    alternatives = list(groups.values())
    count = sum(plant.names.count(one) for one in alternatives)
    total = len(plant.datapoints)
    if all(one.literal is not None for one in alternatives):
        unknown = [
            one.literal for one in alternatives if one.literal not in plant.datapoints
        ]
        return Route(
            f"FROM, by name{_missing('datapoint', unknown)}",
            count,
            lambda: _named(plant, (one.literal or "" for one in alternatives)),
        )
    if count * _MOST > total:
        return Route("FROM, all datapoints", total, lambda: everything(plant))

    def find() -> list[Datapoint]:
        names = {name: None for one in alternatives for name in plant.names.candidates(one)}
        return _named(plant, names)

    return Route(f"FROM, by {_affixes(alternatives)}", count, find)


def _missing(what: str, unknown: Iterable[str | None]) -> str:
    """Says in a plan that a name stands for nothing, which is no error in WinCC OA."""
    name = next(iter(unknown), None)
    return "" if name is None else f": there is no {what} '{name[:60]}'"


def _affixes(alternatives: Iterable[Alternative]) -> str:
    shown = [
        one.literal
        or (f"'{one.prefix}...{one.suffix}'" if one.prefix or one.suffix else "*")
        for one in alternatives
    ]
    return ", ".join(shown[:3]) + (", ..." if len(shown) > 3 else "")


def by_demands(plant: Plant, demands: Demands) -> list[Route]:
    """By what WHERE demands of names, aliases and types."""
    routes = []
    names, aliases = demands.names, demands.aliases
    if names is not None:
        unknown = sorted(names.difference(plant.datapoints))
        title = f"WHERE _DP{_missing('datapoint', unknown)}"
        routes.append(Route(title, len(names), lambda: _named(plant, names)))
    if aliases is not None:
        routes.append(Route("WHERE _ALIAS", len(aliases), lambda: _aliased(plant, aliases)))
    if demands.types is not None:
        unknown = sorted(demands.types.difference(plant.types))
        title = f"WHERE _DPT{_missing('type', unknown)}"
        routes.append(by_types(plant, title, demands.types))
    for prefix, suffix in demands.affixes:
        count = plant.names.count_between(prefix, suffix)
        if count * _MOST <= len(plant.datapoints):
            routes.append(
                Route(
                    f"WHERE _DP, by '{prefix}...{suffix}'",
                    count,
                    _between(plant, prefix, suffix),
                )
            )
    return routes


def _between(plant: Plant, prefix: str, suffix: str) -> Callable[[], list[Datapoint]]:
    return lambda: _named(plant, plant.names.between(prefix, suffix))


def by_types(plant: Plant, title: str, types: Iterable[str]) -> Route:
    """By the types of datapoints."""
    names = list(types)
    return Route(
        title,
        sum(plant.count_of_type(name) for name in names),
        lambda: [one for name in names for one in plant.of_type(name)],
    )


def everything(plant: Plant) -> list[Datapoint]:
    """All datapoints."""
    return list(plant.datapoints.values())


def _named(plant: Plant, names: Iterable[str]) -> list[Datapoint]:
    datapoints = plant.datapoints
    return [datapoints[name] for name in names if name in datapoints]


def _aliased(plant: Plant, aliases: Iterable[str]) -> list[Datapoint]:
    found = [plant.aliases[alias].datapoint for alias in aliases if alias in plant.aliases]
    return list(dict.fromkeys(found))


def order_of(source: Pattern) -> Callable[[Datapoint], int]:
    """What the datapoints that FROM means are sorted by, whichever way leads to them.

    They stand in the order in which they were made, those of a pattern without wildcards in
    the order of the pattern.
    """
    names = list(dict.fromkeys(one.literal for one in source.alternatives))
    if None in names:
        return attrgetter("number")
    places = {name: number for number, name in enumerate(names)}
    # One that has just been renamed is none of them any more.
    return lambda datapoint: places.get(datapoint.name, len(places))

"""DpWatch and DpUnwatch: what a gateway in front of this one asks for."""

from __future__ import annotations

from oagw.core.context import Context
from oagw.core.live.watches import (
    InOrder,
    Watch,
)
from oagw.model.identifiers import ONLINE_VALUE
from oagw.wire.codec import Message, encode, partial_answer, plain_answer, values_answer
from oagw.wire.messages.watching import DpUnwatch, DpWatch


async def dp_watch(context: Context, command: DpWatch) -> Message:
    """Answer with the present values of what is watched now."""
    watch = context.watch
    if watch is None:
        watch = context.watch = _begin(context)
    completed = context.manager.router.complete(command.dps, ONLINE_VALUE)
    values, errors = await watch.add(completed.names)
    completed.blame(errors)
    if not completed.errors:
        return values_answer(DpWatch, command.id, encode(values))
    wrong = completed.errors_in_order(command.dps)
    return partial_answer(DpWatch, command.id, encode(values), wrong)


def _begin(context: Context) -> Watch:
    watch = Watch(context.manager.router, context.outlet, context.clock)
    context.manager.watches.add(watch)
    context.outlet = InOrder(context.outlet, watch)
    return watch


async def dp_unwatch(context: Context, command: DpUnwatch) -> Message:
    """Answer when nothing more comes of these names."""
    if context.watch is not None:
        completed = context.manager.router.complete(command.dps, ONLINE_VALUE)
        await context.watch.remove(completed.names)
    return plain_answer(DpUnwatch, command.id)

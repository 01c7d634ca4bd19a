"""DpConnect and its end."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from oagw.core.context import Context
from oagw.core.live.audience import Subscriber
from oagw.core.live.hotlinks import Pace
from oagw.core.live.pacing import Deadband
from oagw.errors import OagwError
from oagw.wire.codec import Message, answer_head, error_answer
from oagw.wire.messages.values import DpConnect, DpDisconnect, Updates


async def dp_connect(context: Context, command: DpConnect) -> Message | None:
    """Connect, and answer with the present values unless that is not wanted."""
    manager = context.manager
    head = b'%b,"Values":' % answer_head(DpConnect, command.id)

    def ended(reason: OagwError) -> None:
        connect.forget()
        context.outlet.send(error_answer(DpConnect, command.id, reason))

    subscriber = Subscriber(context.outlet, head, ended, bool(command.conflated))
    pace = Pace(command.max_rate, deadband(command), bool(command.only_changed))
    work = Deferred.fromCoroutine(manager.connect(command.dps, subscriber, pace))
    connect = context.connects.begin(command.id)
    link = await connect.make(
        work, lambda link: manager.hotlinks.disconnect(link, subscriber, pace)
    )
    if link is not None and wants_answer(command, context):
        return subscriber.message(link.json())
    return None


async def dp_disconnect(context: Context, command: DpDisconnect) -> None:
    """End a DpConnect."""
    context.connects.end(command.id, "DpConnect")


def wants_answer(command: Updates, context: Context) -> bool:
    """Whether a connect is answered at once with what it is about."""
    if command.answer is None:
        return context.rules.answer_default
    return command.answer


def deadband(command: Updates) -> Deadband | None:
    """What is too small a change for the client, if it has said so."""
    least = command.least_change
    return None if least is None else Deadband(*least)

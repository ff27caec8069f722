"""Sends what is to be told: leases a few notices at a time, hands each to its channel, records what became of it.

It runs beside everything else and holds up nothing: a channel that does not answer is asked again after a while, and
its notices wait. At least once: a process that dies after a server took a message and before that is recorded sends it
again, with the same Message-ID. A notice that was recorded as sent is never leased again, by any replica.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from services.escalation.app.notices import Notice, Standing, overtaken
from services.escalation.app.wording import Letter
from shared.eventstore.database import is_connection_error
from shared.outbox.failpoints import hit
from shared.telemetry import events, logs, metrics

PAGE: Final = 20
LEASE: Final = timedelta(minutes=2)
ROUND_SECONDS: Final = 10.0
"""After so long no more are taken in hand in the same round: whoever watches sees that it turns."""

NO_ADDRESS: Final = "no-address"
SAME_MAILBOX: Final = "same-mailbox"
OVER: Final = "over"
FAULT: Final = "fault-of-ours"

log = logs.get_logger()
_jitter = random.SystemRandom()

events.register(
    events.LogEvent(
        "notices_channel_down",
        "error",
        ("kind", "reason_code", "wait_seconds"),
        "Messages about audit escalations cannot be sent by this channel (mail, webhook, file); they wait, and nothing "
        "else does.",
        "Go by the reason: docs/operations.md, Messages are not sent. What waits goes out by itself once it is mended.",
    ),
    events.LogEvent(
        "notices_channel_up",
        "info",
        ("kind",),
        "Messages go out by this channel again.",
        "Nothing.",
    ),
    events.LogEvent(
        "notice_given_up",
        "error",
        ("stream_id", "authority", "kind", "role", "reason_code"),
        "Somebody was not told of an audit escalation, and it is not tried any more. `kind` says what, `role` whom.",
        "Tell them in person; mend the reason (docs/operations.md, Messages are not sent), then `sightline notices "
        "retry`.",
    ),
    events.LogEvent(
        "notice_fault",
        "error",
        ("stream_id", "kind", "error", "where"),
        "A fault of ours kept a message from being made or sent; it is tried again later, the others go on.",
        "If it repeats, look at `error` and `where`.",
    ),
)


class RefusedForGood(Exception):
    """The receiving side will not take this message, however often it is sent; `code` says why, without an address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TryLater(Exception):
    """It was not taken now; with `channel_down` nothing would be, and all that goes this way waits."""

    def __init__(self, code: str, *, channel_down: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.channel_down = channel_down


class Channel(Protocol):
    """One way to reach people. `timeout` is the longest a message may take, in seconds."""

    name: str
    timeout: float

    async def send(self, letter: Letter, to: str) -> None:
        """Send a message, and return once the receiving side has said that it has it.

        Raises:
            RefusedForGood: it will never be taken.
            TryLater: it was not taken now, or nobody knows.

        """
        ...

    async def rest(self) -> None:
        """Let go of what was held open between messages."""
        ...


@dataclass(frozen=True, slots=True)
class Route:
    """Where a notice goes: the channel's name, and what that channel sends to."""

    channel: str
    to: str
    shared: bool = False
    """Whether it is the role's own address, for want of the person's: then one message is enough for all of them."""
    lane: str = ""
    """What goes down together, such as a web host; empty for the whole channel."""


class Addresses(Protocol):
    """Who is reached where."""

    def route(self, notice: Notice) -> Route | None:
        """Return where a notice goes, or None where nobody said."""
        ...


@dataclass(frozen=True, slots=True)
class Leased:
    """A notice in hand: this process alone has it until the lease runs out, or until it is settled.

    `others` are those told of the same event in the same role, by their person and in the order of the notices.
    """

    id: UUID
    lease: UUID
    notice: Notice
    attempts: int
    give_up_at: datetime
    standing: Standing | None
    others: tuple[UUID | None, ...] = ()


class Notices(Protocol):
    """Where notices are kept."""

    async def lease(self, now: datetime, limit: int, until: datetime) -> Sequence[Leased]:
        """Take some that are due and that nobody else has in hand, the longest waiting first."""
        ...

    async def sent(self, one: Leased, channel: str, now: datetime) -> None:
        """Record that it was sent, whoever has it in hand by now."""
        ...

    async def settle(self, one: Leased, state: str, reason: str, now: datetime, channel: str | None = None) -> None:
        """Record that it will not be sent, and why."""
        ...

    async def failed(self, one: Leased, reason: str, again_at: datetime, channel: str | None = None) -> None:
        """Record that it was tried in vain, and when to try again."""
        ...

    async def put_back(self, one: Leased, again_at: datetime) -> None:
        """Give it back untried."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and for how long it is tried: waits double from `first` up to `longest`."""

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)

    def after(self, attempts: int) -> timedelta:
        """Return how long to wait after so many attempts, a little more or less, so that they do not come together."""
        wait: timedelta = min(self.first * 2 ** min(max(attempts - 1, 0), 20), self.longest)
        return wait * _jitter.uniform(0.8, 1.0)


_Lane: TypeAlias = tuple[str, str]
"""A channel's name, and what of it goes down together."""


@dataclass
class _Trouble:
    """A lane that does not answer: since so many rounds, and until when it is left alone."""

    rounds: int
    until: datetime


@dataclass
class Sender:
    """Sends what is due. Several replicas may run one each: a notice is in one hand at a time."""

    notices: Notices
    addresses: Addresses
    channels: dict[str, Channel]
    write: Callable[[UUID, Notice], Letter]
    clock: Callable[[], datetime]
    patience: Patience = field(default_factory=Patience)
    channel_longest: timedelta = timedelta(minutes=5)
    lease: timedelta = LEASE
    _trouble: dict[_Lane, _Trouble] = field(default_factory=dict)

    async def run(self) -> int:
        """Send what is due now, for a while; return how many notices were sent. The next round goes on."""
        sent = 0
        started = monotonic()
        while True:
            began = monotonic()
            leased = await self.notices.lease(self.clock(), PAGE, self.clock() + self.lease)
            groups: dict[_Lane, list[tuple[Leased, Route]]] = {}
            for one in leased:
                route = await self._routed(one)
                if route is not None:
                    groups.setdefault((route.channel, route.lane), []).append((one, route))
            counts = await asyncio.gather(*(self._group(lane, group, began) for lane, group in groups.items()))
            sent += sum(counts)
            if len(leased) < PAGE or monotonic() - started > ROUND_SECONDS:
                return sent

    async def _routed(self, one: Leased) -> Route | None:
        """Return where it goes; None where it is settled or put off already."""
        notice = one.notice
        if overtaken(notice.kind, notice.clock_number, notice.due_at, one.standing):
            await self.notices.settle(one, "overtaken", OVER, self.clock())
            return None
        route = self.addresses.route(notice)
        if route is None or route.channel not in self.channels:
            await self._failed(one, NO_ADDRESS, None)
            return None
        if route.shared and not self._is_first_of(one, route):
            await self.notices.settle(one, "overtaken", SAME_MAILBOX, self.clock(), route.channel)
            return None
        return route

    def _is_first_of(self, one: Leased, route: Route) -> bool:
        """Return whether it is this notice that goes to a role's mailbox: the first of those that have no other."""
        for person in one.others:
            if person == one.notice.person:
                return True
            if self.addresses.route(_to(one.notice, person)) == route:
                return False
        return True

    async def _group(self, lane: _Lane, group: list[tuple[Leased, Route]], began: float) -> int:
        """Send what goes one way, one after the other; return how many were sent."""
        channel = self.channels[lane[0]]
        sent = 0
        async with AsyncExitStack() as stack:
            stack.push_async_callback(channel.rest)
            for one, route in group:
                trouble = self._trouble.get(lane)
                if trouble is not None and self.clock() < trouble.until:
                    await self.notices.put_back(one, trouble.until)
                elif monotonic() - began > self.lease.total_seconds() / 6:
                    await self.notices.put_back(one, self.clock())  # the lease might run out in the middle
                else:
                    sent += await self._send(channel, lane, one, route)
        return sent

    async def _send(self, channel: Channel, lane: _Lane, one: Leased, route: Route) -> bool:
        hit("notices.before-send")
        try:
            async with asyncio.timeout(channel.timeout):
                await channel.send(self.write(one.id, one.notice), route.to)
        except RefusedForGood as refused:
            self._answers(lane)
            await self._give_up(one, refused.code, channel.name)
        except TryLater as later:
            if later.channel_down:
                self._does_not_answer(lane, later.code)
            else:
                self._answers(lane)
            await self._failed(one, later.code, channel.name)
        except TimeoutError:
            self._does_not_answer(lane, f"{channel.name}-too-slow")
            await self._failed(one, f"{channel.name}-too-slow", channel.name)
        except Exception as error:  # one notice's fault keeps no other waiting
            log.exception("notice_fault", stream_id=one.notice.escalation_id, kind=one.notice.kind, error=error)
            await self._failed(one, FAULT, channel.name)
        else:
            hit("notices.after-send")
            self._answers(lane)
            await self._record_sent(one, channel.name)
            metrics.NOTICES_SENT.labels(channel.name).inc()
            return True
        return False

    async def _record_sent(self, one: Leased, channel: str) -> None:
        """Record it, also if the database is away for a moment: unrecorded it would be sent again."""
        deadline = monotonic() + self.lease.total_seconds()
        while True:
            try:
                await self.notices.sent(one, channel, self.clock())
            except Exception as error:
                if not is_connection_error(error) or monotonic() > deadline:
                    raise
                await asyncio.sleep(0.5)
            else:
                return

    async def _failed(self, one: Leased, reason: str, channel: str | None) -> None:
        metrics.NOTICES_FAILED.labels(channel or "none", reason).inc()
        if self.clock() >= one.give_up_at:
            await self._give_up(one, reason, channel)
            return
        await self.notices.failed(one, reason, self.clock() + self.patience.after(one.attempts), channel)

    async def _give_up(self, one: Leased, reason: str, channel: str | None) -> None:
        notice = one.notice
        await self.notices.settle(one, "given-up", reason, self.clock(), channel)
        log.error(
            "notice_given_up",
            stream_id=notice.escalation_id,
            authority=notice.authority,
            kind=notice.kind,
            role=notice.role,
            reason_code=reason,
        )

    def _does_not_answer(self, lane: _Lane, reason: str) -> None:
        rounds = self._trouble[lane].rounds + 1 if lane in self._trouble else 1
        wait = min(self.patience.first * 2 ** min(rounds - 1, 20), self.channel_longest)
        self._trouble[lane] = _Trouble(rounds, self.clock() + wait)
        metrics.NOTICES_CHANNEL_DOWN.labels(lane[0]).set(1)
        if rounds == 1:
            log.error("notices_channel_down", kind=lane[0], reason_code=reason, wait_seconds=wait.total_seconds())

    def _answers(self, lane: _Lane) -> None:
        if self._trouble.pop(lane, None) is not None:
            log.info("notices_channel_up", kind=lane[0])
        if not any(name == lane[0] for name, _ in self._trouble):
            metrics.NOTICES_CHANNEL_DOWN.labels(lane[0]).set(0)


def _to(notice: Notice, person: UUID | None) -> Notice:
    return replace(notice, person=person)

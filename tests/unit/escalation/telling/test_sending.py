"""The sender over notices in memory: back-off, giving up, what is over, one mailbox once, one channel down alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.escalation.app.notices import Kind, Notice, Standing, overtaken
from services.escalation.app.sending import PAGE, Leased, Patience, RefusedForGood, Route, Sender, TryLater
from services.escalation.app.wording import Letter, Links, Writer
from tests.unit.escalation.telling.made import COLLEAGUE, DSM, DUE, NOW, notice


@dataclass
class Kept:
    leased: Leased
    state: str = "waiting"
    reason: str | None = None
    next_at: datetime = NOW
    in_hand: bool = False


@dataclass
class Memory:
    """Notices in a list, leased in order."""

    kept: list[Kept] = field(default_factory=list)

    def add(self, made: Notice, *, standing: Standing | None = None, others: tuple[UUID | None, ...] = ()) -> Kept:
        give_up_at = NOW + timedelta(days=3)
        one = Kept(Leased(uuid4(), uuid4(), made, 0, give_up_at, standing, others or (made.person,)))
        self.kept.append(one)
        return one

    def _of(self, one: Leased) -> Kept:
        return next(kept for kept in self.kept if kept.leased.id == one.id)

    async def lease(self, now: datetime, limit: int, until: datetime) -> Sequence[Leased]:
        due = [one for one in self.kept if one.state in {"waiting", "failed"} and one.next_at <= now][:limit]
        for one in due:
            assert not one.in_hand
            one.in_hand = True
            one.leased = replace(one.leased, attempts=one.leased.attempts + 1)
        return [one.leased for one in due]

    async def sent(self, one: Leased, channel: str, now: datetime) -> None:
        self._set(one, "sent", None)

    async def settle(self, one: Leased, state: str, reason: str, now: datetime, channel: str | None = None) -> None:
        self._set(one, state, reason)

    async def failed(self, one: Leased, reason: str, again_at: datetime, channel: str | None = None) -> None:
        self._set(one, "failed", reason)
        self._of(one).next_at = again_at

    async def put_back(self, one: Leased, again_at: datetime) -> None:
        kept = self._of(one)
        self._set(one, kept.state, kept.reason)
        kept.next_at = again_at
        kept.leased = replace(kept.leased, attempts=kept.leased.attempts - 1)

    def _set(self, one: Leased, state: str, reason: str | None) -> None:
        kept = self._of(one)
        kept.state, kept.reason, kept.in_hand = state, reason, False


@dataclass
class Wire:
    """A channel that does as the test says, for each address."""

    name: str
    timeout: float = 5.0
    answers: dict[str, Exception] = field(default_factory=dict)
    took: list[tuple[str, UUID]] = field(default_factory=list)
    asked: int = 0
    rested: int = 0

    async def send(self, letter: Letter, to: str) -> None:
        self.asked += 1
        if to in self.answers:
            raise self.answers[to]
        self.took.append((to, letter.id))

    async def rest(self) -> None:
        self.rested += 1


@dataclass
class Desk:
    """A sender with a clock that a test sets; a person's address is `<reference>@mail` unless said otherwise."""

    now: datetime = NOW
    memory: Memory = field(default_factory=Memory)
    mail: Wire = field(default_factory=lambda: Wire("mail"))
    hook: Wire = field(default_factory=lambda: Wire("webhook"))
    routes: dict[UUID | None, Route | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        writer = Writer(Links("https://e.example", "https://a.example"), lambda _: "Riverside")
        self.sender = Sender(
            self.memory,
            self,
            {"mail": self.mail, "webhook": self.hook},
            writer.write,
            lambda: self.now,
            Patience(timedelta(seconds=30), timedelta(hours=1)),
        )

    def route(self, made: Notice) -> Route | None:
        return self.routes.get(made.person, Route("mail", f"{made.person}@mail"))


async def test_each_is_sent_once_and_more_than_a_page_in_one_round() -> None:
    desk = Desk()
    for _ in range(PAGE + 5):
        desk.memory.add(notice())
    assert await desk.sender.run() == PAGE + 5
    assert await desk.sender.run() == 0
    assert len(desk.mail.took) == PAGE + 5
    assert {one.state for one in desk.memory.kept} == {"sent"}
    assert desk.mail.rested == 2


async def test_what_cannot_be_taken_now_is_tried_again_later_and_later_and_then_given_up() -> None:
    desk = Desk()
    one = desk.memory.add(notice())
    desk.mail.answers[f"{DSM}@mail"] = TryLater("mail-recipient-refused-450")
    waits = []
    while one.state != "given-up":
        await desk.sender.run()
        waits.append(one.next_at - desk.now)
        desk.now = max(one.next_at, desk.now)
    assert timedelta(seconds=24) <= waits[0] <= timedelta(seconds=30)
    assert timedelta(seconds=48) <= waits[1] <= timedelta(seconds=60)
    assert max(waits) <= timedelta(hours=1)
    assert desk.now >= NOW + timedelta(days=3)
    assert one.reason == "mail-recipient-refused-450"
    assert await desk.sender.run() == 0


async def test_what_will_never_be_taken_is_given_up_at_once() -> None:
    desk = Desk()
    one = desk.memory.add(notice())
    desk.mail.answers[f"{DSM}@mail"] = RefusedForGood("mail-recipient-refused-550")
    await desk.sender.run()
    assert (one.state, one.reason, one.leased.attempts) == ("given-up", "mail-recipient-refused-550", 1)


async def test_however_late_it_comes_it_is_tried_once() -> None:
    desk = Desk(now=NOW + timedelta(days=30))
    one = desk.memory.add(notice())
    assert await desk.sender.run() == 1
    assert one.state == "sent"


async def test_a_channel_that_is_down_is_left_alone_and_holds_up_no_other() -> None:
    desk = Desk()
    desk.routes = {COLLEAGUE: Route("webhook", "https://hooks.example/", lane="hooks.example")}
    mails = [desk.memory.add(notice()) for _ in range(10)]
    hooks = [desk.memory.add(notice(person=COLLEAGUE)) for _ in range(5)]
    desk.mail.answers[f"{DSM}@mail"] = TryLater("mail-server-away", channel_down=True)
    assert await desk.sender.run() == 5
    assert desk.mail.asked == 1
    assert {one.state for one in hooks} == {"sent"}
    assert [one.state for one in mails] == ["failed"] + ["waiting"] * 9
    assert [one.leased.attempts for one in mails] == [1] + [0] * 9
    desk.mail.answers.clear()
    desk.now += timedelta(seconds=31)
    assert await desk.sender.run() == 10


async def test_a_channel_that_stays_down_is_asked_more_and_more_seldom() -> None:
    desk = Desk()
    desk.memory.add(notice())
    desk.mail.answers[f"{DSM}@mail"] = TryLater("mail-server-away", channel_down=True)
    end = NOW + timedelta(hours=1)
    while desk.now < end:
        await desk.sender.run()
        desk.now += timedelta(seconds=10)
    assert desk.mail.asked < 20


async def test_one_hook_that_is_down_keeps_no_other_hook_waiting() -> None:
    desk = Desk()
    other = uuid4()
    desk.routes = {DSM: Route("webhook", "down", lane="a"), other: Route("webhook", "up", lane="b")}
    desk.hook.answers["down"] = TryLater("webhook-away", channel_down=True)
    down = [desk.memory.add(notice()) for _ in range(3)]
    up = [desk.memory.add(notice(person=other)) for _ in range(3)]
    assert await desk.sender.run() == 3
    assert {one.state for one in up} == {"sent"}
    assert "sent" not in {one.state for one in down}


async def test_a_server_that_does_not_answer_in_time_counts_as_down() -> None:
    class Slow(Wire):
        async def send(self, letter: Letter, to: str) -> None:
            raise TimeoutError

    desk = Desk(mail=Slow("mail"))
    one = desk.memory.add(notice())
    await desk.sender.run()
    assert (one.state, one.reason) == ("failed", "mail-too-slow")


async def test_a_fault_of_ours_in_one_keeps_no_other_waiting() -> None:
    desk = Desk()
    broken = desk.memory.add(notice())
    fine = desk.memory.add(notice(person=COLLEAGUE))
    desk.mail.answers[f"{DSM}@mail"] = KeyError("oh")
    assert await desk.sender.run() == 1
    assert (broken.state, broken.reason, fine.state) == ("failed", "fault-of-ours", "sent")


async def test_one_without_an_address_waits_for_one_and_is_given_up_in_the_end() -> None:
    desk = Desk(routes={DSM: None})
    one = desk.memory.add(notice())
    await desk.sender.run()
    assert (one.state, one.reason) == ("failed", "no-address")
    desk.now = NOW + timedelta(days=4)
    await desk.sender.run()
    assert (one.state, one.reason) == ("given-up", "no-address")


async def test_two_people_of_one_role_without_addresses_of_their_own_are_one_message_to_its_mailbox() -> None:
    mailbox = Route("mail", "riverside@mail", shared=True)
    third = uuid4()
    desk = Desk(routes={DSM: mailbox, COLLEAGUE: mailbox, third: Route("mail", "own@mail")})
    others = (DSM, third, COLLEAGUE)
    kept = [desk.memory.add(notice(person=person), others=others) for person in (COLLEAGUE, third, DSM)]
    assert await desk.sender.run() == 2
    assert [(one.state, one.reason) for one in kept] == [("overtaken", "same-mailbox"), ("sent", None), ("sent", None)]
    assert sorted(to for to, _ in desk.mail.took) == ["own@mail", "riverside@mail"]


async def test_what_is_over_is_not_sent() -> None:
    desk = Desk()
    over = desk.memory.add(notice(Kind.RAISED), standing=Standing("closed", 1, DUE))
    holds = desk.memory.add(notice(Kind.RAISED), standing=Standing("raised", 1, DUE))
    assert await desk.sender.run() == 1
    assert (over.state, over.reason, holds.state) == ("overtaken", "over", "sent")


@pytest.mark.parametrize(
    ("kind", "status", "clock", "due", "over"),
    [
        (Kind.RAISED, "raised", 1, DUE, False),
        (Kind.RAISED, "signed-off", 1, DUE, False),  # those who were copied in still hear of it
        (Kind.RAISED, "closed", 1, DUE, True),
        (Kind.RAISED, "withdrawn", 1, DUE, True),
        (Kind.RAISED, "raised", 2, DUE + timedelta(days=9), True),  # reopened: told by its own notice
        (Kind.RAISED, "raised", 2, DUE, False),  # other reminders in the settings: no notice of its own says so
        (Kind.CHASED, "raised", 1, DUE, False),
        (Kind.CHASED, "signed-off", 1, DUE, True),
        (Kind.CHASED, "raised", 1, DUE - timedelta(days=4), True),  # reclassified: another due moment holds
        (Kind.OVERDUE, "raised", 1, DUE, False),
        (Kind.OVERDUE, "signed-off", 1, DUE, True),
        (Kind.OVERDUE, "raised", 2, DUE + timedelta(days=9), True),
        (Kind.OVERDUE, "raised", 2, DUE, False),
        (Kind.SECOND_LINE, "signed-off", 1, DUE, True),
        (Kind.RECLASSIFIED, "raised", 1, DUE - timedelta(days=4), True),
        (Kind.CONSIDERED, "considering", 1, None, False),
        (Kind.CONSIDERED, "raised", 1, DUE, True),
        (Kind.CONSIDERED, "not-required", 1, None, True),
        (Kind.UNDECIDED, "not-required", 1, None, True),
        (Kind.SIGNED_OFF, "signed-off", 1, DUE, False),
        (Kind.SIGNED_OFF, "closed", 1, DUE, False),
        (Kind.SIGNED_OFF, "raised", 2, DUE, True),
        (Kind.CLOSED, "closed", 1, DUE, False),
        (Kind.CLOSED, "considering", 1, None, True),
        (Kind.WITHDRAWN, "considering", 1, None, False),
    ],
)
def test_what_is_over(kind: Kind, status: str, clock: int, due: datetime | None, over: bool) -> None:
    assert overtaken(kind, 1, DUE, Standing(status, clock, due)) is over


def test_a_notice_has_one_id_for_ever() -> None:
    assert notice().id(3) == notice().id(3)
    assert len({notice().id(3), notice().id(4), notice(person=COLLEAGUE).id(3), notice(Kind.CHASED).id(3)}) == 4

"""Which texts of an audit there are to read, each in its box: nothing said of a concern is out of sight."""

from __future__ import annotations

from uuid import UUID

from services.audit.app import sealing
from services.audit.app.texts import texts_of
from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL, State
from services.audit.domain.words import Concern, SealedText
from shared.privacy.sealing import Sealed, Sealer, context_of
from tests.unit.audit import builders as b


def happened(*commands: Command) -> list[Event]:
    events: list[Event] = []
    state: State = INITIAL
    for command in commands:
        for event in decide(command, state):
            state = evolve(state, event)
            events.append(event)
    return events


def test_each_concern_has_its_box_by_its_place_among_the_concerns() -> None:
    events = happened(
        b.allocate(),
        b.flag(text=SealedText("s1.first")),
        b.flag(concern=Concern.PRACTICE, text=None),
        b.flag(text=SealedText("s1.third")),
    )
    assert texts_of(events) == {"concerns/1": "s1.first", "concerns/3": "s1.third"}


class Recording(Sealer):
    """Opens nothing and remembers for which context it was asked."""

    def __init__(self) -> None:
        self.contexts: list[str] = []

    async def unseal_many(self, items: object) -> list[str]:  # type: ignore[override]  # only the contexts matter here
        assert isinstance(items, list)
        assert all(isinstance(each, Sealed) for each in items)
        self.contexts = [each.context for each in items]
        return [f"opened {each.sealed}" for each in items]


async def test_every_concern_is_opened_as_it_was_sealed_before_its_place_was_known() -> None:
    sealer, stream = Recording(), UUID(int=1)
    texts = {"concerns/1": SealedText("a"), "concerns/2": SealedText("b"), "overall_rationale": SealedText("c")}
    opened = await sealing.unseal(sealer, b.CHILD, stream, texts)
    assert opened == {"concerns/1": "opened a", "concerns/2": "opened b", "overall_rationale": "opened c"}
    assert sealer.contexts == [
        context_of(stream, "concern"),
        context_of(stream, "concern"),
        context_of(stream, "overall_rationale"),
    ]

"""Where a control chart starts anew, as a stream of events: one a measure of an authority.

A person decides it, with a coded reason, and may take it back; what was drawn before stays in published reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.base import Actor
from shared.contracts.reporting import ChartRebasedV1
from shared.eventstore.model import Aggregate, Publication, Summary

CATEGORY: Final = "control-chart"
SOURCE: Final = "/reporting"
CHARTED: Final = ("good-or-better",)
"""The measures that are drawn on control charts, by their keys."""

_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:sightline:reporting:control-chart")


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChartRebased(_Event):
    """From a month on the chart has mean and limits of its own."""

    type: Literal["chart-rebased"] = "chart-rebased"
    at: AwareDatetime
    measure: str
    month: str
    reason: str
    by: Actor


class RebaseWithdrawn(_Event):
    """The rebase at a month holds no more."""

    type: Literal["chart-rebase-withdrawn"] = "chart-rebase-withdrawn"
    at: AwareDatetime
    measure: str
    month: str
    reason: str
    by: Actor


ChartEvent = ChartRebased | RebaseWithdrawn
_EVENTS: Final[TypeAdapter[ChartEvent]] = TypeAdapter(Annotated[ChartEvent, Field(discriminator="type")])


@dataclass(frozen=True, slots=True)
class Rebased:
    """The months at which a chart starts anew, in order, each with its reason."""

    months: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Rebase:
    """Let a chart start anew at a month."""

    rebased: ChartRebased


@dataclass(frozen=True, slots=True)
class WithdrawRebase:
    """Let the rebase at a month hold no more."""

    withdrawn: RebaseWithdrawn


ChartCommand = Rebase | WithdrawRebase


class RebasedAlready(Exception):
    """The chart starts anew at that month already."""


class NotRebased(Exception):
    """The chart does not start anew at that month."""


def decide(command: ChartCommand, state: Rebased) -> Sequence[ChartEvent]:
    """Return what follows from a command.

    Raises:
        RebasedAlready: it starts anew there already.
        NotRebased: it does not, so that nothing can be withdrawn.

    """
    months = {month for month, _ in state.months}
    match command:
        case Rebase(rebased=event):
            if event.month in months:
                raise RebasedAlready
            return [event]
        case WithdrawRebase(withdrawn=event):
            if event.month not in months:
                raise NotRebased
            return [event]
    assert_never(command)


def evolve(state: Rebased, event: ChartEvent) -> Rebased:
    """Take in an event."""
    others = tuple(one for one in state.months if one[0] != event.month)
    match event:
        case ChartRebased():
            return Rebased(tuple(sorted((*others, (event.month, event.reason)))))
        case RebaseWithdrawn():
            return Rebased(others)
    assert_never(event)


def publish(_before: Rebased, event: ChartEvent) -> Sequence[Publication]:
    """Tell everybody where a chart starts anew, or no more so."""
    public = ChartRebasedV1(
        measure=event.measure,
        month=event.month,
        reason=event.reason,
        withdrawn=isinstance(event, RebaseWithdrawn),
        rebased_by=event.by,
    )
    return [Publication(public, event.at)]


CONTROL_CHARTS: Final[Aggregate[ChartCommand, Rebased, ChartEvent]] = Aggregate(
    category=CATEGORY,
    source=SOURCE,
    initial=Rebased(),
    decide=decide,
    evolve=evolve,
    to_json=lambda event: (event.type, event.model_dump_json().encode()),
    from_json=lambda _type, data: _EVENTS.validate_json(data),
    publish=publish,
    summarise=lambda state: Summary(CATEGORY, "rebased" if state.months else "as-it-was", {}),
)


def stream_of(authority: str, measure: str) -> UUID:
    """Return the stream of a measure's chart."""
    return uuid5(_NAMESPACE, f"{authority}/{measure}")

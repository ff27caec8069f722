"""A published report as a stream of events: which version was frozen when and by whom, and what succeeded it.

The stream is one kind of report of one window of an authority. It says what was published and never what it says:
figures stay in the table of publications. Its events are public (`report-published.v1`, `report-superseded.v1`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from shared.contracts.base import Actor, PublicEvent
from shared.contracts.reporting import LogPosition, MeasureVersion, ReportPublishedV1, ReportSupersededV1
from shared.eventstore.model import Aggregate, Publication, Summary

CATEGORY: Final = "published-report"
SOURCE: Final = "/reporting"
_NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:sightline:reporting:published-report")


class Reason(StrEnum):
    """Why a published report has a successor."""

    LATE_EVENTS = "late-events"
    AMENDMENT = "amendment"
    MEASURE_CHANGED = "measure-changed"
    SETTINGS_CHANGED = "settings-changed"
    OTHER = "other"


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReportPublished(_Event):
    """A version of a report was frozen and published."""

    type: Literal["report-published"] = "report-published"
    at: AwareDatetime
    kind: str
    window: str
    version: int
    supersedes: int | None
    reason: Reason | None
    content_sha256: str
    moment: AwareDatetime | None
    positions: tuple[LogPosition, ...]
    measures: tuple[MeasureVersion, ...]
    by: Actor


class ReportSuperseded(_Event):
    """A published version has a successor."""

    type: Literal["report-superseded"] = "report-superseded"
    at: AwareDatetime
    kind: str
    window: str
    version: int
    superseded_by: int
    reason: Reason
    by: Actor


ReportEvent = ReportPublished | ReportSuperseded
_EVENTS: Final[TypeAdapter[ReportEvent]] = TypeAdapter(Annotated[ReportEvent, Field(discriminator="type")])


@dataclass(frozen=True, slots=True)
class Published:
    """What is known of a report's stream: its versions by number, with the SHA-256 of each, in order."""

    versions: tuple[tuple[int, str], ...] = ()

    @property
    def newest(self) -> int:
        """Return the newest version's number; 0 before the first."""
        return self.versions[-1][0] if self.versions else 0

    def sha256_of(self, version: int) -> str | None:
        """Return the SHA-256 that a version was published with; None where the stream does not have it."""
        return dict(self.versions).get(version)


@dataclass(frozen=True, slots=True)
class RecordPublication:
    """Record that a version was published, and before it the one it succeeds where no event says so yet.

    The event of an earlier version is missing only where it was published before there were such events.
    """

    published: ReportPublished
    earlier: ReportPublished | None = None


def decide(command: RecordPublication, state: Published) -> Sequence[ReportEvent]:
    """Record it once: what the stream has already stays as it is."""
    new = command.published
    if new.version <= state.newest:
        return []
    events: list[ReportEvent] = []
    if command.earlier is not None and command.earlier.version > state.newest:
        events.append(command.earlier)
    if new.supersedes is not None:
        events.append(
            ReportSuperseded(
                at=new.at,
                kind=new.kind,
                window=new.window,
                version=new.supersedes,
                superseded_by=new.version,
                reason=new.reason or Reason.OTHER,
                by=new.by,
            )
        )
    return [*events, new]


def evolve(state: Published, event: ReportEvent) -> Published:
    """Take in an event."""
    match event:
        case ReportPublished():
            return Published((*state.versions, (event.version, event.content_sha256)))
        case ReportSuperseded():
            return state


def publish(_before: Published, event: ReportEvent) -> Sequence[Publication]:
    """Tell everybody what was published, without a figure: what the event says, in the contract's own type."""
    said = event.model_dump(exclude={"type", "at", "by"})
    public: PublicEvent
    match event:
        case ReportPublished():
            public = ReportPublishedV1(**said, published_by=event.by)
        case ReportSuperseded():
            public = ReportSupersededV1(**said, decided_by=event.by)
    return [Publication(public, event.at)]


def summarise(state: Published) -> Summary | None:
    """Make streams findable."""
    return Summary(CATEGORY, "published", {"version": state.newest}) if state.versions else None


PUBLISHED_REPORTS: Final[Aggregate[RecordPublication, Published, ReportEvent]] = Aggregate(
    category=CATEGORY,
    source=SOURCE,
    initial=Published(),
    decide=decide,
    evolve=evolve,
    to_json=lambda event: (event.type, event.model_dump_json().encode()),
    from_json=lambda _type, data: _EVENTS.validate_json(data),
    publish=publish,
    summarise=summarise,
)


def stream_of(authority: str, kind: str, window: str) -> UUID:
    """Return the stream of a kind of report of a window."""
    return uuid5(_NAMESPACE, f"{authority}/{kind}/{window}")

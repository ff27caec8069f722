"""What the reporting service publishes on `reporting.events`: decisions people took in it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.base import REPORTING_EVENTS, Actor, Code, Contract, PublicEvent

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in hexadecimal digits."""


class ParkedMessageDiscardedV1(PublicEvent):
    """A parked message was discarded by a person: a rebuild leaves it out as well (G5)."""

    TYPE: ClassVar[str] = "parked-message-discarded.v1"
    TOPIC: ClassVar[str] = REPORTING_EVENTS

    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of topic, key, headers and value")
    message_topic: Code
    message_type: Code | None
    message_stream: UUID | None
    message_sequence: int | None
    reason: Code
    discarded_by: Actor


class LogPosition(Contract):
    """How far a partition of a topic was read: the offset of the first message that is not in the figures."""

    topic: Code
    partition: int = Field(ge=0)
    next_offset: int = Field(ge=0)


class MeasureVersion(Contract):
    """A measure by its key, and which version of its definition was used."""

    key: Code
    version: int = Field(ge=1)


class ReportPublishedV1(PublicEvent):
    """A report of a window was frozen and published; what it was true for, and no figure of it."""

    TYPE: ClassVar[str] = "report-published.v1"
    TOPIC: ClassVar[str] = REPORTING_EVENTS

    kind: Code
    window: Code = Field(description="First month of the window, such as 2026-06")
    version: int = Field(ge=1, description="1, or the next number where it succeeds an earlier one")
    supersedes: int | None = Field(default=None, description="the version before, where it succeeds one")
    reason: Code | None = Field(default=None, description="why there is a successor; null for the first version")
    content_sha256: Sha256 = Field(description="SHA-256 of the content as it is kept")
    moment: AwareDatetime | None = Field(description="the moment up to which the figures are the whole truth")
    positions: tuple[LogPosition, ...] = Field(description="how far the log was read for the figures")
    measures: tuple[MeasureVersion, ...]
    published_by: Actor


class ReportSupersededV1(PublicEvent):
    """A published version of a report has a successor; it stays readable, and is labelled so."""

    TYPE: ClassVar[str] = "report-superseded.v1"
    TOPIC: ClassVar[str] = REPORTING_EVENTS

    kind: Code
    window: Code = Field(description="First month of the window, such as 2026-06")
    version: int = Field(ge=1)
    superseded_by: int = Field(ge=2)
    reason: Code
    decided_by: Actor


Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""A month, such as 2026-06."""


class ReportFigure(Contract):
    """A figure of a report, by the ids that its JSON and CSV give its table, row and column."""

    table: Code
    row: Code
    column: Code


class BoardDecisionRecordedV1(PublicEvent):
    """A board decided something about the report that was before it: coded, without a figure and without a text."""

    TYPE: ClassVar[str] = "board-decision-recorded.v1"
    TOPIC: ClassVar[str] = REPORTING_EVENTS

    board: Code = Field(description="whose decision: quality-board, corporate-parenting; the kind of report before it")
    window: Code = Field(description="first month of the window that the report looks back on, such as 2026-06")
    report_version: int = Field(ge=1, description="version of the published report that was before the board")
    section: Code = Field(description="what it is about: a section of that report, by its id")
    figure: ReportFigure | None = Field(description="and the figure of that section; null: the section as a whole")
    decision: Code = Field(description="what was decided, by a code of the authority's settings")
    unit: Code | None = Field(description="area, area/district or area/district/team that it falls to; null: all")
    owner_role: Code
    decided_on: date
    due_on: date
    recorded_by: Actor


class BoardActionUpdatedV1(PublicEvent):
    """How what a board decided stands now."""

    TYPE: ClassVar[str] = "board-action-updated.v1"
    TOPIC: ClassVar[str] = REPORTING_EVENTS

    board: Code
    window: Code
    state: Literal["under-way", "done", "withdrawn"]
    difference: Literal["yes", "partly", "not-yet", "cannot-be-known"] | None = Field(
        description="once done: whether it made a difference"
    )
    reason: Code | None = Field(description="once withdrawn: why, by a code of the authority's settings")
    updated_on: date
    updated_by: Actor


class ChartRebasedV1(PublicEvent):
    """From a month on a control chart has mean and limits of its own, or no more so (`withdrawn`)."""

    TYPE: ClassVar[str] = "chart-rebased.v1"
    TOPIC: ClassVar[str] = REPORTING_EVENTS

    measure: Code = Field(description="key of the measure that the chart shows, such as good-or-better")
    month: Month = Field(description="first month of the new limits")
    reason: Code = Field(description="why, by a code of the authority's settings")
    withdrawn: bool = Field(description="true: the rebase at this month holds no more")
    rebased_by: Actor

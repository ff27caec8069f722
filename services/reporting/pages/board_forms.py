"""What the routes of boards take and give: bodies of requests, and how a decision or a chart stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.reporting.boards.decisions import Difference, Recorded, State
from services.reporting.reports.names import words
from shared.authority.settings import AuthoritySettings
from shared.contracts.base import Actor, Code
from shared.contracts.reporting import Month, ReportFigure
from shared.web.principal import Principal, Role

Board = Literal["quality-board", "corporate-parenting"]
Owner = Literal[
    Role.TEAM_MANAGER,
    Role.SERVICE_MANAGER,
    Role.ASSISTANT_DIRECTOR,
    Role.DIRECTOR,
    Role.QA_OFFICER,
    Role.QA_MANAGER,
    Role.PRINCIPAL_SOCIAL_WORKER,
    Role.ANALYST,
]
"""Roles that a decision can fall to: those whose holders see to something beyond single cases."""

WindowKey = Annotated[str, StringConstraints(max_length=20)]


class Form(BaseModel):
    """A body of a request; what it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FigureForm(Form):
    """A figure of the report, by the ids that its JSON and CSV give its table, row and column."""

    table: Code
    row: Code
    column: Code

    def named(self) -> ReportFigure:
        """Return it as events have it."""
        return ReportFigure(table=self.table, row=self.row, column=self.column)


class DecisionForm(Form):
    """What a board decided about the report that was before it."""

    board: Board
    window: WindowKey = Field(description="First month of the window that the report looks back on, such as 2026-06")
    section: Code = Field(description="What it is about: a section of the report, by the id that its address ends with")
    figure: FigureForm | None = Field(default=None, description="And the figure of it, shown then and now")
    decision: Code = Field(description="One of the settings' codes (boards: decisions)")
    unit: Code | None = Field(default=None, description="Whom it falls to: area, area/district or area/district/team")
    owner_role: Owner
    decided_on: date
    due_on: date


class UpdateForm(Form):
    """What became of a decision: under way, done with the difference made, or withdrawn with the reason."""

    state: Literal[State.UNDER_WAY, State.DONE, State.WITHDRAWN]
    on: date
    difference: Difference | None = Field(default=None, description="With done, and only then")
    reason: Code | None = Field(default=None, description="With withdrawn, and only then: one of the settings' codes")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.state is State.DONE) != (self.difference is not None):
            raise ValueError("difference belongs to done, and only to done; give it there and nowhere else")
        if (self.state is State.WITHDRAWN) != (self.reason is not None):
            raise ValueError("reason belongs to withdrawn, and only to withdrawn; give it there and nowhere else")
        return self


class DecisionAnswer(BaseModel):
    """How a decision stands, in codes and in the authority's words. `version` is for If-Match."""

    id: UUID
    version: int
    authority: str
    board: str
    window: str
    report_version: int
    section: str
    figure: ReportFigure | None
    decision: str
    decision_in_words: str
    unit: str | None
    owner_role: str
    decided_on: date
    due_on: date
    state: State
    since: date
    difference: Difference | None
    reason: str | None
    recorded_by_role: str


class DecisionPage(BaseModel):
    """A page of decisions, and after which one the next begins; null at the end."""

    items: Sequence[DecisionAnswer]
    after: UUID | None = None


class RebaseForm(Form):
    """From which month a chart has mean and limits of its own, or (`withdrawn`) no more so."""

    month: Month
    reason: Code = Field(description="One of the settings' codes (boards: rebase_reasons, or withdrawal_reasons)")
    withdrawn: bool = False


class RebasedMonth(BaseModel):
    """A month at which a chart starts anew."""

    month: str
    reason: str
    reason_in_words: str


class ChartAnswer(BaseModel):
    """The months at which a chart starts anew, each with its reason. `version` is for If-Match."""

    version: int
    authority: str
    measure: str
    rebased: Sequence[RebasedMonth]


def by_qa_unit(principal: Principal) -> Actor:
    """Return who of the QA unit acts, by role and pseudonymous reference."""
    role = Role.QA_MANAGER if principal.has(Role.QA_MANAGER) else Role.QA_OFFICER
    return Actor(role=role.value, reference=principal.person)


def decision_answer(settings: AuthoritySettings, stream_id: UUID, version: int, state: Recorded) -> DecisionAnswer:
    """Return how a decision stands."""
    one = state.recorded
    return DecisionAnswer(
        id=stream_id,
        version=version,
        authority=settings.key,
        board=one.board,
        window=one.window,
        report_version=one.report_version,
        section=one.section,
        figure=one.figure,
        decision=one.decision,
        decision_in_words=settings.boards.decision(one.decision) or words(one.decision),
        unit=one.unit,
        owner_role=one.owner_role,
        decided_on=one.decided_on,
        due_on=one.due_on,
        state=state.state,
        since=state.on,
        difference=state.difference,
        reason=state.reason,
        recorded_by_role=one.by.role,
    )


def chart_answer(
    settings: AuthoritySettings, measure: str, months: Sequence[tuple[str, str]], version: int
) -> ChartAnswer:
    """Return where a chart starts anew."""
    return ChartAnswer(
        version=version,
        authority=settings.key,
        measure=measure,
        rebased=[
            RebasedMonth(
                month=month, reason=reason, reason_in_words=settings.boards.rebase_reason(reason) or words(reason)
            )
            for month, reason in months
        ],
    )

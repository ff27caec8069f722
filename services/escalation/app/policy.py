"""What an authority decided about audit escalations, as this service uses it: triggers, clocks, chasers, roles told.

Everything here comes from the authority's settings document (shared.authority), in the version that was valid on the
business date; nothing is a constant in code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.escalation.domain.model import Category, Clock, Clocks, LeftOut, Moment, RequiredStep
from shared.authority.escalation import Chaser, EscalationPolicy, Span, Triggers
from shared.authority.settings import Authorities, AuthoritySettings, UnknownAuthority
from shared.calendar.working_days import BeyondCalendar, Deadline, WorkingCalendar, london_date
from shared.web.principal import Role

SECOND_LINE = "second-line"
"""The code of the moment at which the second line is told."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy that holds for one authority on one day; `version` names the settings document it is from."""

    version: str
    settings_version: int
    escalation: EscalationPolicy
    calendar: WorkingCalendar

    @property
    def triggers(self) -> Triggers:
        """Return what opens a consideration."""
        return self.escalation.triggers

    @property
    def told_when_raised(self) -> tuple[str, ...]:
        """Return the roles told of a raise."""
        return _words(self.escalation.told.raised)

    @property
    def safeguarding_raised_at_once(self) -> bool:
        """Return whether a safeguarding concern is raised by itself, without being considered first."""
        return self.escalation.safeguarding_raised_at_once

    @property
    def steps_required(self) -> tuple[RequiredStep, ...]:
        """Return which of Appendix E's steps must be recorded before the next."""
        return tuple(RequiredStep(step) for step in self.escalation.steps_required)

    def clocks(self, raised_at: datetime) -> Clocks:
        """Return the clock of each category for a raise at this moment (aware), both from that moment.

        Raises:
            BeyondCalendar: a due day lies where the bank holidays are not published; none is guessed.

        """
        return Clocks(
            practice=self._clock(raised_at, Category.PRACTICE),
            safeguarding=self._clock(raised_at, Category.SAFEGUARDING),
        )

    def consideration_clocks(self, considered_at: datetime) -> Clocks:
        """Return by when it is to be decided whether to escalate, for each category; raises as `clocks` does."""
        return Clocks(
            practice=self._consideration_clock(considered_at, Category.PRACTICE),
            safeguarding=self._consideration_clock(considered_at, Category.SAFEGUARDING),
        )

    def consideration_clocks_if_known(self, considered_at: datetime, recorded_at: datetime) -> Clocks | None:
        """Return the clocks of a consideration, whatever its date: a concern never waits in silence.

        Where it is dated beyond the calendar, they run from when it was recorded; None where that lies beyond it too.
        """
        for started_at in (considered_at, recorded_at):
            try:
                return self.consideration_clocks(started_at)
            except BeyondCalendar:
                continue
        return None

    def re_audit_due_on(self, asked_at: datetime) -> date | None:
        """Return when a re-audit is due that is asked for at a moment; None where the settings leave it to who asks."""
        days = self.escalation.reaudit_within_days
        return None if days is None else london_date(asked_at) + timedelta(days=days)

    def record_by(self, happened_at: datetime) -> datetime:
        """Return until when a step that happened at a moment is recorded in time; raises as `clocks` does."""
        return self.calendar.by_end_of(happened_at, self.escalation.record_within_working_days).due_at

    def _clock(self, raised_at: datetime, category: Category) -> Clock:
        days = self.escalation.clock_days
        count = days.safeguarding if category is Category.SAFEGUARDING else days.practice
        deadline = self.calendar.due(raised_at, count, self.escalation.reckoning)
        return self._of(raised_at, count, deadline, self.escalation.chasers, category)

    def _consideration_clock(self, considered_at: datetime, category: Category) -> Clock:
        consider = self.escalation.consider
        by = consider.safeguarding if category is Category.SAFEGUARDING else consider.practice
        deadline = self.calendar.by_end_of(considered_at, by.working_days, self.escalation.reckoning)
        return self._of(considered_at, by.working_days, deadline, consider.chasers, category)

    def _of(
        self, started_at: datetime, days: int, deadline: Deadline, chasers: tuple[Chaser, ...], category: Category
    ) -> Clock:
        return Clock(
            started_at=started_at,
            due_at=deadline.due_at,
            due_on=deadline.due_on,
            working_days=days,
            counted=deadline.counted,
            left_out=tuple(LeftOut(date=day, why=why) for day, why in deadline.left_out),
            calendar_version=deadline.calendar_version,
            policy_version=self.version,
            chasers=tuple(
                sorted(
                    self._reminders(started_at, deadline, (one for one in chasers if category.value in one.categories)),
                    key=lambda moment: moment.at,
                )
            ),
            second_line=self._second_line(deadline),
        )

    def _reminders(self, started_at: datetime, deadline: Deadline, chasers: Iterator[Chaser]) -> Iterator[Moment]:
        """Yield each reminder that lies within the clock; on a short clock some would come before the raise."""
        for chaser in chasers:
            at = self._before(deadline, chaser.before)
            if at is not None and started_at < at < deadline.due_at:
                yield Moment(code=chaser.code, at=at, to=_words(chaser.to))

    def _before(self, deadline: Deadline, span: Span) -> datetime | None:
        if span.hours is not None:
            return deadline.due_at.astimezone(UTC) - timedelta(hours=span.hours)
        assert span.working_days is not None  # one of the two
        try:
            opening = self.calendar.before(deadline.due_on, span.working_days, self.escalation.reckoning.opens)
        except BeyondCalendar:  # before the calendar's first day, and so before the raise
            return None
        return opening.astimezone(UTC)

    def _second_line(self, deadline: Deadline) -> Moment | None:
        """Return when the second line is told; at the due moment itself where the calendar ends before the next day."""
        line = self.escalation.second_line
        if line is None:
            return None
        due_at = deadline.due_at.astimezone(UTC)
        if line.after.hours is not None:
            at = due_at + timedelta(hours=line.after.hours)
        else:
            assert line.after.working_days is not None  # one of the two
            try:
                opening = self.calendar.after(deadline.due_on, line.after.working_days, self.escalation.reckoning.opens)
                at = max(due_at, opening.astimezone(UTC))
            except BeyondCalendar:
                at = due_at
        return Moment(code=SECOND_LINE, at=at, to=_words(line.to))


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of every authority of this installation."""

    authorities: Authorities

    def settings(self, authority: str, at: datetime) -> AuthoritySettings:
        """Return an authority's settings as valid on the London date of a moment.

        What happened before the first document was valid goes by the newest one: a concern is never left lying
        because of its date.

        Raises:
            UnknownAuthority: no document names this authority.

        """
        return self.authorities.valid_or_newest(authority, london_date(at))

    def policy(self, authority: str, at: datetime) -> Policy:
        """Return the policy that held at a moment; raises as `settings` does."""
        settings = self.settings(authority, at)
        return Policy(
            version=f"{settings.key}/{settings.version}",
            settings_version=settings.version,
            escalation=settings.escalation,
            calendar=settings.calendar(),
        )

    def people(self, authority: str, role: str, path: str, at: datetime) -> list[UUID]:
        """Return who fills a role for a part of the authority (its path) at a moment, covers in place of who is away.

        In a district that the settings no longer have, those of the last version that had it go on, unless the valid
        one names somebody for the area or for the whole. Nobody is returned for a role that nobody is named for;
        raises as `settings` does.
        """
        units, on = tuple(path.split("/")), london_date(at)
        for settings in self._holding(authority, units, at):
            people = settings.people_in(Role(role), units, on)
            if people:
                return people
        return []

    def holders(self, authority: str, role: str, path: str, at: datetime) -> list[UUID]:
        """Return whom the settings name in a role for a part of the authority, who is away among them; as `people`."""
        units = tuple(path.split("/"))
        named = (one.people_in(Role(role), units) for one in self._holding(authority, units, at))
        return next((people for people in named if people), [])

    def covered_by(self, authority: str, person: UUID, role: str, path: str, at: datetime) -> UUID | None:
        """Return who holds the role for that part and is covered by the person at a moment, if anybody.

        In a district that the settings no longer have it goes by the last version that had it as well.
        """
        units, on = tuple(path.split("/")), london_date(at)
        covered = (one.stands_in_for(person, Role(role), units, on) for one in self._holding(authority, units, at))
        return next((one for one in covered if one is not None), None)

    def is_gone(self, authority: str, district: str, at: datetime) -> bool:
        """Return whether the authority's settings of a moment have no such district (area/district) any more."""
        try:
            return not self.settings(authority, at).has_district(tuple(district.split("/")))
        except UnknownAuthority:
            return True

    def _holding(self, authority: str, units: tuple[str, ...], at: datetime) -> Iterator[AuthoritySettings]:
        """Yield the settings of a moment, and those that had the district last where these have it no more."""
        valid = self.settings(authority, at)
        yield valid
        if not valid.has_district(units[:2]):
            earlier = self.authorities.with_district(authority, (units[0], units[1]), london_date(at))
            if earlier is not None:
                yield earlier


def _words(roles: tuple[Role, ...]) -> tuple[str, ...]:
    return tuple(role.value for role in roles)

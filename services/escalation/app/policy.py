"""What an authority decided about audit escalations, as this service uses it: triggers, clocks and roles told.

Everything here comes from the authority's settings document (shared.authority), in the version that was valid on the
business date; nothing is a constant in code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.escalation.domain.model import Category, Clock, Clocks, LeftOut
from shared.authority.escalation import Triggers
from shared.authority.settings import Authorities, AuthoritySettings
from shared.calendar.working_days import WorkingCalendar, london_date


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy that holds for one authority on one day; `version` names the settings document it is from."""

    version: str
    triggers: Triggers
    days: dict[Category, int]
    told_when_raised: tuple[str, ...]
    calendar: WorkingCalendar

    def clocks(self, raised_at: datetime) -> Clocks:
        """Return the clock of each category for a raise at this moment (aware), both from that moment.

        Raises:
            BeyondCalendar: a due day lies where the bank holidays are not published; none is guessed.

        """
        return Clocks(
            practice=self._clock(raised_at, Category.PRACTICE),
            safeguarding=self._clock(raised_at, Category.SAFEGUARDING),
        )

    def _clock(self, raised_at: datetime, category: Category) -> Clock:
        days = self.days[category]
        deadline = self.calendar.due(raised_at, days)
        return Clock(
            started_at=raised_at,
            due_at=deadline.due_at,
            due_on=deadline.due_on,
            working_days=days,
            counted=deadline.counted,
            left_out=tuple(LeftOut(date=day, why=why) for day, why in deadline.left_out),
            calendar_version=deadline.calendar_version,
            policy_version=self.version,
        )


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
        escalation = settings.escalation
        return Policy(
            version=f"{settings.key}/{settings.version}",
            triggers=escalation.triggers,
            days={
                Category.PRACTICE: escalation.clock_days.practice,
                Category.SAFEGUARDING: escalation.clock_days.safeguarding,
            },
            told_when_raised=tuple(role.value for role in escalation.told.raised),
            calendar=settings.calendar(),
        )

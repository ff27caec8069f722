"""The words of the pages: until when, what is to be done, who, and how audit escalations are called. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.escalation.domain.model import Actor
from services.escalation.domain.roles import SERVICE
from services.escalation.domain.steps import NextStep
from shared.authority.names import Names as Words
from shared.authority.names import capital
from shared.calendar.working_days import LONDON

TO_DO: Final = {
    NextStep.DISCUSSION: "Discuss it with {practitioner} or manager",
    NextStep.DECISION: "Decide: raise it, or record why it is not required",
    NextStep.COPY: "Send the copy of the audit tool",
    NextStep.ACTIONS_DISCUSSED: "Discuss the actions with {practitioner} and {team-manager}",
    NextStep.ACTIONS: "Add actions to the child's file",
    NextStep.COMPLETION: "Complete each action",
    NextStep.OVERSIGHT: "Record management oversight on the child's file",
    NextStep.SIGN_OFF: "Sign off the completed actions",
    NextStep.ASSISTANT_DIRECTOR_TOLD: "Tell the {assistant-director}, and close it",
}
"""What is to be done next, asked of its reader; roles in braces are said in the authority's own words (`Names.say`)."""

_CODES: Final = {
    "qa-review": "QA review",
    "concern-flagged": "Concern flagged",
    "inadequate-likely": "Grade of inadequate likely",
    "reviewing-officer": "Reviewing officer's concern",
    "inspector": "Inspector's concern",
    "complaint": "Complaint",
}


def spoken(code: str | None) -> str:
    """Return a code as people say it: `inadequate-grade` as `Inadequate grade`."""
    if code is None:
        return ""
    return _CODES.get(code) or code.replace("-", " ").replace("/", ", ").replace("_", " ").capitalize()


def short(reference: UUID | None) -> str:
    """Return the last eight characters of a reference, which tell it from others on one page."""
    return "" if reference is None else reference.hex[-8:]


def who(actor: Actor | None, words: Words) -> str:
    """Return who did something, by what the authority calls the role, and reference: `QA officer 5a1f2c3b`."""
    if actor is None or actor.role == SERVICE:
        return "Sightline itself"
    role = capital(words.role(actor.role))
    return f"{role} {short(actor.reference)}" if actor.is_somebody else role


def roles_in_words(roles: tuple[str, ...], words: Words) -> str:
    """Return roles one after the other, as the authority calls them: `service manager, QA manager`."""
    return ", ".join(words.role(role) for role in roles)


def weekday(day: date, today: date | None = None) -> str:
    """Return a day with its weekday: `Friday 20 November`, and the year where it is not that of `today`."""
    year = "" if today is not None and day.year == today.year else f" {day.year}"
    return f"{day:%A} {day.day} {day:%B}{year}"


def until(moment: datetime | None, now: datetime) -> str:
    """Return until when something is to be done: `today by 23:59`, `overdue since Friday 20 November`."""
    if moment is None:
        return "no clock runs"
    local, today = moment.astimezone(LONDON), now.astimezone(LONDON).date()
    day, clock = local.date(), f"{local:%H:%M}"
    if moment < now:
        return f"overdue since {clock} today" if day == today else f"overdue since {weekday(day, today)}"
    if day == today:
        return f"today by {clock}"
    if day == today + timedelta(days=1):
        return f"tomorrow, {weekday(day, today)}, by {clock}"
    return f"{weekday(day, today)} by {clock}"


def moment_of(when: datetime) -> str:
    """Return a moment as England's clocks show it, with its weekday: `Friday 20 November 2026, 14:05`."""
    local = when.astimezone(LONDON)
    return f"{weekday(local.date())}, {local:%H:%M}"


def count(number: int, one: str = "audit escalation", more: str = "") -> str:
    """Return a number with its word: `1 audit escalation`, `no audit escalations`."""
    return f"{number or 'no'} {one if number == 1 else more or one + 's'}"

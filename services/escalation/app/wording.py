"""The words of a message: what happened, to which audit escalation, by when, and where to read on.

It names roles, the reference, the category, the district and the due moment with its day in words. No child's detail,
no name, no case number, no text, no team: who may know more opens the link, which checks who opens it. "Escalation"
alone means another process in this field, so it is "audit escalation" throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from html import escape
from typing import Final
from uuid import UUID

from services.escalation.app.notices import Kind, Notice
from shared.authority.names import USUAL, Names
from shared.calendar.working_days import LONDON, london_date

_END_OF_DAY: Final = time(23, 59, 59)


_WHAT_FOLLOWS: Final = (
    "the {service-manager} discusses the actions with {practitioner} and {team-manager}, records management oversight "
    "and signs off the completed actions."
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one kind: in the subject, in a sentence, what is asked of the reader, what the moment is.

    Roles and levels stand in braces, to be said in the authority's own words.
    """

    subject: str
    sentence: str
    asked: str
    due: str | None = "Sign-off due by"

    def by(self, names: Names) -> Said:
        """Return the same in an authority's words."""
        return replace(self, sentence=names.say(self.sentence), asked=names.say(self.asked))


SAID: Final[dict[Kind, Said]] = {
    Kind.CONSIDERED: Said(
        "to be considered",
        "A concern came up, and it is to be considered whether it needs an audit escalation.",
        "Please decide: raise it, or record why it is not required.",
        "To be decided by",
    ),
    Kind.CONSIDERATION_CHASED: Said(
        "still to be decided",
        "It is still to be decided whether a concern needs an audit escalation.",
        "Please decide: raise it, or record why it is not required.",
        "To be decided by",
    ),
    Kind.UNDECIDED: Said(
        "not decided in time",
        "Nobody decided in time whether a concern needs an audit escalation. It is overdue.",
        "Please see that it is decided now: raised, or found not required for a reason.",
        "Was to be decided by",
    ),
    Kind.UNDECIDED_SECOND_LINE: Said(
        "not decided, second line",
        "It is overdue and still not decided whether a concern needs an audit escalation. The second line is told.",
        "Please ask those who are to decide what keeps it.",
        "Was to be decided by",
    ),
    Kind.RAISED: Said(
        "raised",
        "An audit escalation was raised.",
        "Please read the copy of the audit tool; " + _WHAT_FOLLOWS,
    ),
    Kind.RECLASSIFIED: Said(
        "changed category",
        "An audit escalation has another category now. Its clock still runs from when it was raised.",
        "Please see the new due moment; it may already be past.",
    ),
    Kind.CLOCK_CHANGED: Said(
        "due at another moment",
        "The due moment of an audit escalation was reckoned anew, since the settings or the calendar changed.",
        "Please see the new due moment.",
    ),
    Kind.CHASED: Said(
        "due soon",
        "An audit escalation is due soon and is not signed off yet.",
        "Please complete or withdraw its actions, record management oversight and sign off.",
    ),
    Kind.OVERDUE: Said(
        "overdue",
        "The due moment of an audit escalation passed without sign-off. It is overdue.",
        "Please see that it is signed off now.",
        "Sign-off was due by",
    ),
    Kind.SECOND_LINE: Said(
        "overdue, second line",
        "An audit escalation is overdue and still not signed off. The second line is told.",
        "Please ask the {service-manager} of the {district} what keeps it.",
        "Sign-off was due by",
    ),
    Kind.SIGNED_OFF: Said(
        "signed off",
        "The completed actions of an audit escalation were signed off.",
        "The {assistant-director} is told with this message that they are complete; the {service-manager} closes it.",
        "Sign-off was due by",
    ),
    Kind.CLOSED: Said(
        "closed",
        "An audit escalation was closed: its actions are complete and the {assistant-director} was told.",
        "If you raised it or found its cause, you may confirm that, or ask for it to be reopened with a reason.",
        None,
    ),
    Kind.REOPENING_ASKED: Said(
        "asked to be reopened",
        "Somebody who raised it, or found its cause, asks for a closed audit escalation to be reopened.",
        "Please read why and decide: reopen it with a reason, or leave it closed.",
        None,
    ),
    Kind.REOPENED: Said(
        "reopened",
        "An audit escalation was reopened. A new clock runs; the old one stays on record.",
        "Please see what is still to be done.",
    ),
    Kind.WITHDRAWN: Said(
        "withdrawn",
        "An audit escalation was withdrawn: it had been raised in error.",
        "Nothing more is asked of you about it.",
        None,
    ),
}


_CONSIDERED_SAME_DAY: Final = Said(
    "to be decided the same day",
    "A concern came up, and it is to be decided on the same day whether it needs an audit escalation.",
    "Please decide at once: raise it, or record why it is not required. Do not wait to be reminded.",
    "To be decided by",
)
_RAISED_WITHOUT_AUDIT: Final = Said(
    "raised",
    "An audit escalation was raised.",
    "It was brought in without an audit, so there is no copy of an audit tool to read; " + _WHAT_FOLLOWS,
)
_DUE_IS_PAST: Final = frozenset(
    {Kind.UNDECIDED, Kind.UNDECIDED_SECOND_LINE, Kind.OVERDUE, Kind.SECOND_LINE, Kind.SIGNED_OFF}
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to be sent, the same however often it is tried; `facts` are for machines, codes and links."""

    id: UUID
    subject: str
    text: str
    html: str
    facts: dict[str, str | list[str] | None]


@dataclass(frozen=True, slots=True)
class Links:
    """Where people open what a message is about: the addresses of the two services as browsers reach them."""

    escalation: str
    audit: str

    def to_escalation(self, escalation_id: UUID) -> str:
        """Return the address of the page of an audit escalation."""
        return f"{self.escalation.rstrip('/')}/escalations/{escalation_id}"

    def to_audit(self, audit_id: UUID) -> str:
        """Return the address of the audit tool as it was filled in; audit checks who opens it."""
        return f"{self.audit.rstrip('/')}/audits/{audit_id}"


DistrictOf = Callable[[Notice], str]
"""Gives the name of a notice's district and area."""
NamesOf = Callable[[Notice], Names]
"""Gives what a notice's authority calls roles and levels."""


def _usual(_: Notice) -> Names:
    return USUAL


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes messages: `district` gives the district's name, `names` the authority's words, `links` where to go on."""

    links: Links
    district: DistrictOf
    names: NamesOf = _usual

    def write(self, notice_id: UUID, notice: Notice) -> Letter:
        """Return the message for a notice."""
        names = self.names(notice)
        said = _said(notice).by(names)
        where = self.district(notice)
        due = None if notice.due_at is None or said.due is None else (said.due, moment_in_words(notice.due_at))
        told = ", ".join(names.role(role) for role in notice.roles)
        links = [("The audit escalation", self.links.to_escalation(notice.escalation_id))]
        if notice.audit_id is not None and notice.kind in {Kind.CONSIDERED, Kind.RAISED, Kind.REOPENED}:
            links.append(("The copy of the audit tool", self.links.to_audit(notice.audit_id)))
        lines = [
            ("Reference", str(notice.escalation_id)),
            ("Category", notice.category),
            (names.say("{District}"), where),
            *([due] if due else []),
            ("Told", told),
        ]
        subject = f"Audit escalation, {notice.category}: {said.subject}"
        if due and notice.kind not in _DUE_IS_PAST:
            subject += f", due by {due[1]}"
        greeting = f"You are told as {names.role(notice.role)}."
        return Letter(
            id=notice_id,
            subject=subject,
            text=_text(said, greeting, lines, links),
            html=_html(subject, said, greeting, lines, links),
            facts={
                "id": str(notice_id),
                "kind": notice.kind.value,
                "subject": subject,
                "authority": notice.authority,
                "escalation_id": str(notice.escalation_id),
                "category": notice.category,
                "district": "/".join(notice.unit.split("/")[:2]),
                "due_at": None if notice.due_at is None else notice.due_at.isoformat(),
                "due": due[1] if due else None,
                "role": notice.role,
                "person": None if notice.person is None else str(notice.person),
                "roles_told": list(notice.roles),
                "link": links[0][1],
                "audit_link": links[1][1] if len(links) > 1 else None,
            },
        )


def _said(notice: Notice) -> Said:
    """Return what is said of a notice; due the day it came up it says so; without an audit there is no copy."""
    if notice.kind is Kind.CONSIDERED and _is_due_the_same_day(notice):
        return _CONSIDERED_SAME_DAY
    if notice.kind is Kind.RAISED and notice.audit_id is None:
        return _RAISED_WITHOUT_AUDIT
    return SAID[notice.kind]


def _is_due_the_same_day(notice: Notice) -> bool:
    due_at, at = notice.due_at, notice.happened_at
    return due_at is not None and due_at >= at and london_date(due_at) == london_date(at)


_FOOT: Final = (
    "The links ask you to sign in and show what is yours to see. This message holds no details of a child; please send "
    "none in reply."
)


def _text(said: Said, greeting: str, lines: list[tuple[str, str]], links: list[tuple[str, str]]) -> str:
    parts = [
        said.sentence,
        "\n".join(f"{name}: {value}" for name, value in lines),
        said.asked,
        "\n\n".join(f"{name}:\n{address}" for name, address in links),
        f"{greeting} {_FOOT}",
    ]
    return "\n\n".join(parts) + "\n"


def _html(subject: str, said: Said, greeting: str, lines: list[tuple[str, str]], links: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;padding:2px 16px 2px 0;vertical-align:top">{escape(name)}</th>'
        f'<td style="padding:2px 0">{escape(value)}</td></tr>'
        for name, value in lines
    )
    opened = "".join(f'<p><a href="{escape(address)}">{escape(name)}</a></p>' for name, address in links)
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{escape(subject)}</title></head>'
        '<body style="font-family:sans-serif;font-size:16px;line-height:1.5;color:#111;max-width:40em">'
        f"<p><strong>{escape(said.sentence)}</strong></p><table>{rows}</table><p>{escape(said.asked)}</p>{opened}"
        f'<p style="color:#444">{escape(greeting)} {escape(_FOOT)}</p></body></html>'
    )


def moment_in_words(moment: datetime) -> str:
    """Return a moment with its day in words, as England's clocks show it: `the end of Friday 14 March 2025`."""
    local = moment.astimezone(LONDON)
    if local.time().replace(microsecond=0) == _END_OF_DAY:
        return f"the end of {_day(local.date())}"
    return f"{local:%H:%M} on {_day(local.date())}"


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"

"""Made-up disputes, themes in words and audits that count not, without one of the story's draws: the rest stays."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

FOREVER = datetime.max.replace(tzinfo=UTC)
LABELS = {"voice-of-the-child": "The child's own voice", "drift-and-delay": "Drift & delay"}
"""What the tool calls two of the themes; the others it does not name."""

_GRADES = ["inadequate", "requires-improvement", "good", "outstanding"]
_ASIDE, _DISPUTED, _LEAVERS = 0.02, 0.12, 0.15
_ENDS = ("open", "upheld", "changed", "noted")

Row = dict[str, Any]


def _draw(identity: UUID, number: int) -> float:
    return random.Random(identity.int + number).random()


def counts_as_practice(identity: UUID) -> bool:
    """Say whether a made-up audit is a practice figure."""
    return _draw(identity, 0) >= _ASIDE


def child_status(drawn: str, service: str, identity: UUID) -> str:
    """Give a child's status: as it was drawn, but for two services; in leaving care all are care leavers."""
    if service == "leaving-care":
        return "care-leaver"
    return "care-leaver" if service == "children-in-care" and _draw(identity, 5) < _LEAVERS else drawn


def disputes(audit: Row, moderation: Row, day: datetime) -> list[Row]:
    """Dispute a moderation, or not; a changed grade stands in its row from then on, as the fold has it."""
    identity = audit["audit_id"]
    if _draw(identity, 1) >= _DISPUTED:
        return []
    end = _ENDS[int(_draw(identity, 2) * len(_ENDS))]
    before = moderation["standing_grade"]
    stands = _GRADES[(_GRADES.index(before) + 1) % len(_GRADES)] if end == "changed" else before
    settled = end != "open"
    if settled:
        moderation |= {"standing_grade": stands, "decided_by": "moderator" if end == "noted" else "panel"}
    same = {name: audit[name] for name in ("audit_id", "authority", "area", "district", "team", "service", "kind")}
    row = {
        **same, "dispute_id": UUID(int=identity.int ^ 1), "sequence": 7, "known_from": day + timedelta(days=20),
        "known_until": FOREVER, "moderation_id": moderation["moderation_id"], "disputed_by": "team-manager",
        "reason": "evidence", "disputed_on": (day + timedelta(days=15)).date(), "outcome": end if settled else None,
        "decided_by": moderation["decided_by"], "grade_before": before, "standing_grade": stands if settled else None,
        "settled_on": (day + timedelta(days=20)).date() if settled else None,
    }  # fmt: skip
    return [row]


def tool(authority: str, published: datetime) -> tuple[list[Row], list[Row]]:
    """Publish the tool twice, as rows of tools and of their themes: what the second version says of a theme counts."""
    identity = UUID(int=random.Random(authority).getrandbits(128))
    tools, themes = [], []
    for version, before in ((1, "Old "), (2, "")):
        tools.append({
            "tool_id": identity, "sequence": version, "known_from": published + timedelta(days=version),
            "known_until": FOREVER, "authority": authority, "tool": "case-file", "tool_version": version,
            "title": "Case file audit", "kinds": ["standard"], "graded": True,
        })  # fmt: skip
        for place, (theme, label) in enumerate(LABELS.items(), 1):
            themes.append({
                "tool_id": identity, "sequence": version, "tool": "case-file", "tool_version": version, "place": place,
                "theme": theme, "label": f"{before}{label}", "component": None,
            })  # fmt: skip
    return tools, themes


def after_escalation(before: Sequence[Row], signed: datetime | None) -> Row:
    """What came of an audit escalation beside its clock, by its place among them: no draw, so that all else stays."""
    place = len(before)
    return {
        "discussed_at": None, "consider_by": None, "copy_sent_at": signed, "actions_discussed_at": signed,
        "actions_withdrawn": 0, "recorded_late": 2 if signed and place % 4 == 0 else 0,
        "sign_off_recorded_late": None if signed is None else place % 4 == 0,
        "reopened": place % 7 == 0, "breached_before": False, "withdrawn_at": None, "withdrawn_because": None,
        "re_audit_asked_at": signed if place % 3 == 0 else None, "re_audit_due_on": None,
        "second_line_told": 2 if place % 5 == 0 else 0,
    }  # fmt: skip


def withdraw_some(row: Row, place: int) -> None:
    """Let every ninth that was raised have been raised in error."""
    if place % 9 == 0 and row["raised_at"] is not None:
        row.update(state="withdrawn", withdrawn_at=row["raised_at"], withdrawn_because="wrong-child")


def re_audit_some(audits: Sequence[Row], escalations: Sequence[Row]) -> None:
    """Let every other re-audit that was asked for be done, by an audit completed since that names the first."""
    standing = [row for row in audits if row["state"] == "completed" and row["known_until"] == FOREVER]
    asked = [row for row in escalations if row["re_audit_asked_at"] is not None]
    for number, row in enumerate(asked):
        later = [one for one in standing if one["completed_at"] >= row["re_audit_asked_at"] and not one["re_audit_of"]]
        if later and number % 2 == 0:
            later[number % len(later)]["re_audit_of"] = row["audit_id"]

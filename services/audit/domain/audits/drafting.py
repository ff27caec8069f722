"""A draft of an audit, merged by box: two editors write side by side, and neither overwrites the other unseen. Pure.

What a draft still lacks is told as the tool sees it, every gap at once (domain.md section 2).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.audit.domain.audits import particulars
from services.audit.domain.audits.answers import problems_of
from services.audit.domain.audits.outcome import Outcome
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import ChildStatus

NEEDED: Mapping[str, str] = {
    "took_part": "it is not said who took part",
    "reflective_discussion": "it is not said whether a reflective discussion was held",
    "child_feedback": "it is not said whether the child's feedback was obtained",
    "parent_feedback": "it is not said whether the parents' or carers' feedback was obtained",
    "practitioner_feedback": "it is not said whether the practitioner's feedback was obtained",
}
"""What every audit says, whatever its tool, and what is said of a draft without it."""

_HANGS_ON: Mapping[str, str] = {"not_took_part_because": "took_part"}
"""What cannot be judged before something else is said."""


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a box last, in which version of the draft."""

    version: int
    editor: UUID


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of the boxes that an editor sent: `saved`, or `kept` as another wrote them meanwhile."""

    saved: frozenset[str]
    kept: frozenset[str]


def merge(stands: Mapping[str, Written], changed: Collection[str], *, seen: int | None, editor: UUID) -> Merged:
    """Merge the boxes whose value an editor changes into a draft.

    A box that was written after the version the editor has seen is kept. An editor who does not say what they have
    seen may change what they wrote themselves and what nobody wrote yet.
    """
    kept = {box for box in changed if box in stands and _unseen(stands[box], seen, editor)}
    return Merged(frozenset(changed) - kept, frozenset(kept))


def changed_since(stands: Mapping[str, Written], *, seen: int | None, editor: UUID) -> frozenset[str]:
    """Return the boxes that others wrote after the version an editor has seen."""
    since = seen or 0
    return frozenset(box for box, last in stands.items() if last.version > since and last.editor != editor)


def _unseen(last: Written, seen: int | None, editor: UUID) -> bool:
    return last.editor != editor if seen is None else last.version > seen


def gaps_of(
    tool: ToolDocument, status: ChildStatus, outcome: Outcome, *, missing: Collection[str], today: date
) -> Iterator[Problem]:
    """Yield everything that keeps a draft from being complete.

    `outcome` is the draft with anything in place of what is `missing`, which is told as missing and not judged.
    """
    for field in NEEDED:
        if field in missing:
            yield Problem(field, NEEDED[field], "Say it before you complete the audit.")
    found = (*problems_of(tool, status, outcome, today), *particulars.problems_of(tool, status, outcome, today))
    for problem in found:
        field = problem.place.split(".")[0]
        if field not in missing and _HANGS_ON.get(field) not in missing:
            yield problem

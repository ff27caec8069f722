"""A draft as it comes in and goes out, and the boxes it is kept in: coded values and texts, each by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, Field

from services.audit.app.forms import (
    FROM_STORE,
    MOST_NAMED,
    AnswerForm,
    CompletionForm,
    FeedbackForm,
    FindingForm,
    RecommendationForm,
    SectionForm,
    Text,
)
from services.audit.app.making import recommendation_id
from services.audit.domain.audits.drafting import NEEDED
from services.audit.domain.audits.outcome import finding_box, limit_box
from services.audit.domain.words import Code, Concern, Frozen, Grade, TookPart

_CODED: Final = (
    "took_part", "not_took_part_because", "reflective_discussion", "reflective_discussion_on",
    "reflective_discussion_with", "overall_grade", "inadequate_likely", "concern", "child_feedback",
    "parent_feedback", "practitioner_feedback",
)  # fmt: skip
_TEXTS: Final = ("overall_rationale", "concern_text")
_OF_SECTION: Final = {"grade": False, "score": False, "rationale": True}
_OF_ANSWER: Final = {"value": False, "reason": False, "text": True, "evidence": True, "impact": True}
_PLACEHOLDERS: Final[Mapping[str, Any]] = {
    "took_part": TookPart.WORKER,
    "reflective_discussion": True,
    "child_feedback": {"obtained": True},
    "parent_feedback": {"obtained": True},
    "practitioner_feedback": {"obtained": True},
}


class DraftForm(Frozen):
    """What an audit finds, as far as it is written. A box left out stays as it is; null empties it."""

    took_part: TookPart | None = None
    not_took_part_because: Code | None = None
    reflective_discussion: bool | None = None
    reflective_discussion_on: date | None = None
    reflective_discussion_with: tuple[Code, ...] | None = Field(default=None, max_length=20)
    overall_grade: Grade | None = None
    overall_rationale: Text | None = None
    inadequate_likely: bool | None = None
    concern: Concern | None = None
    concern_text: Text | None = None
    sections: dict[Code, SectionForm | None] = Field(default_factory=dict, max_length=MOST_NAMED)
    answers: dict[Code, AnswerForm | None] = Field(default_factory=dict, max_length=MOST_NAMED)
    findings: tuple[FindingForm, ...] | None = Field(default=None, max_length=200)
    overridden_limits: dict[Code, Text | None] = Field(default_factory=dict, max_length=MOST_NAMED)
    child_feedback: FeedbackForm | None = None
    parent_feedback: FeedbackForm | None = None
    practitioner_feedback: FeedbackForm | None = None
    recommendations: tuple[RecommendationForm, ...] | None = Field(default=None, max_length=50)


class Boxes(Frozen):
    """The boxes of a draft by name: coded values as JSON has them, texts in plain; none empties a box."""

    coded: dict[str, Any]
    texts: dict[str, str | None]

    def names(self) -> frozenset[str]:
        """Return the names of all boxes."""
        return frozenset(self.coded) | frozenset(self.texts)


def boxes_of(form: DraftForm, audit_id: UUID) -> Boxes:
    """Return the boxes that a form speaks of."""
    plain = form.model_dump(mode="json")
    given = form.model_fields_set
    coded: dict[str, Any] = {name: plain[name] for name in _CODED if name in given}
    texts: dict[str, str | None] = {name: plain[name] or None for name in _TEXTS if name in given}
    for box, is_text, value in (
        *_parts("sections", form.sections, _OF_SECTION),
        *_parts("answers", form.answers, _OF_ANSWER),
    ):
        if is_text:
            texts[box] = value or None
        else:
            coded[box] = value
    for limit, reason in form.overridden_limits.items():
        texts[limit_box(limit)] = reason or None
    if form.findings is not None:
        coded["findings"] = [each.model_dump(mode="json", exclude={"text"}) for each in form.findings]
        for each in form.findings:
            texts[finding_box(each.section, each.theme, each.polarity)] = each.text or None
    if form.recommendations is not None:
        made = [
            one.model_copy(update={"id": one.id or recommendation_id(audit_id, number)})
            for number, one in enumerate(form.recommendations, 1)
        ]
        coded["recommendations"] = [one.model_dump(mode="json", exclude={"text"}) for one in made]
        texts.update((f"recommendations/{one.id}", one.text or None) for one in made)
    return Boxes(coded=coded, texts=texts)


def _parts(
    kind: str, named: Mapping[str, BaseModel | None], fields: Mapping[str, bool]
) -> Iterator[tuple[str, bool, Any]]:
    """Yield each box of sections or answers; one that is null as a whole is emptied as a whole."""
    for id_, one in named.items():
        plain = {} if one is None else one.model_dump(mode="json", exclude_unset=True)
        for field in fields if one is None else plain:
            yield f"{kind}/{id_}/{field}", fields[field], plain.get(field)


def draft_of(coded: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return a draft's boxes in the shape of its form; empty boxes are left out."""
    draft: dict[str, Any] = {name: coded[name] for name in _CODED if coded.get(name) is not None}
    draft |= {name: texts[name] for name in _TEXTS if texts.get(name)}
    _nest(draft, {box: value for box, value in coded.items() if value is not None})
    _nest(draft, texts)
    findings = [
        _with_text(one, texts.get(finding_box(one["section"], one["theme"], one["polarity"])))
        for one in coded.get("findings") or ()
    ]
    made = [_with_text(one, texts.get(f"recommendations/{one['id']}")) for one in coded.get("recommendations") or ()]
    return {**draft, **({"findings": findings} if findings else {}), **({"recommendations": made} if made else {})}


def _nest(draft: dict[str, Any], boxes: Mapping[str, Any]) -> None:
    for box, value in boxes.items():
        kind, _, rest = box.partition("/")
        id_, _, field = rest.rpartition("/")
        if kind in {"sections", "answers"}:
            draft.setdefault(kind, {}).setdefault(id_, {})[field] = value
        elif kind == "overridden_limits":
            draft.setdefault(kind, {})[id_] = value


def _with_text(one: dict[str, Any], text: str | None) -> dict[str, Any]:
    return one if text is None else {**one, "text": text}


def missing_of(draft: Mapping[str, Any], *, has_own_feedback: bool) -> frozenset[str]:
    """Return what every audit says and the draft does not; the practitioner's own feedback needs no other."""
    needed = set(NEEDED) - ({"practitioner_feedback"} if has_own_feedback else set())
    return frozenset(needed - set(draft))


def completion_of_draft(draft: Mapping[str, Any]) -> CompletionForm:
    """Return a draft as the form of a completion, with anything in place of what it does not say yet."""
    return CompletionForm.model_validate({**_PLACEHOLDERS, **draft}, context=FROM_STORE)


def text_boxes(texts: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """Return the names of boxes that hold text, in order."""
    return tuple(sorted(box for box, text in texts if text))

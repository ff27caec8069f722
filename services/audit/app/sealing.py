"""From forms to the domain: each text sealed with the child's key on the way, so that nothing past here reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.audit.app.forms import AnswerForm, FeedbackForm, OutcomeForm
from services.audit.domain.audits.outcome import (
    Answer,
    Feedback,
    Finding,
    Outcome,
    SectionJudgement,
    finding_box,
    limit_box,
)
from services.audit.domain.refusals import Refused
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Code, SealedText
from shared.privacy.keystore import Erased
from shared.privacy.sealing import Plain, Sealed, Sealer, context_of

ERASED_TEXT = "[erased]"
"""Stands where a text was whose child is erased."""

CONCERN = "concern"
"""The field that every flagged concern's text is sealed for."""

_CONCERNS = "concerns/"

OF_PRACTITIONER = "practitioner/own/"
"""How the boxes begin that hold what the practitioner answered, beside what the outcome has."""

NO_TEXT = SealedText("")
"""Stands where a reason is asked for and none was written."""

Texts = Mapping[str, SealedText]
"""Sealed texts by the name of their box."""


class ChildIsErased(Refused):
    """The child was erased: nothing is taken in for them any more."""

    code = "child-erased"
    sentence = "The child was erased; nothing more is taken in for them."
    way_out = "Ask the QA unit whether the child's record was meant to come back."


@dataclass(frozen=True, slots=True)
class ToSeal:
    """The texts of one stream: whose child, which stream, and each box with its text (none or empty: no text)."""

    child: UUID
    stream: UUID
    boxes: Mapping[str, str]


def boxes_of(texts: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return the boxes that hold text."""
    return {box: text for box, text in texts if text}


def present(texts: Iterable[tuple[str, str | None]]) -> Texts:
    """Return a mark for each box that holds text: what a dry run checks with, sealing nothing."""
    return {box: SealedText("present") for box in boxes_of(texts)}


async def seal_many(sealer: Sealer, streams: Sequence[ToSeal]) -> list[Texts | None]:
    """Seal the texts of many streams with one look into the key store; None for an erased child with text."""
    plain = [Plain(one.child, context_of(one.stream, box), text) for one in streams for box, text in one.boxes.items()]
    sealed = iter(await sealer.seal_many(plain)) if plain else iter(())
    done: list[Texts | None] = []
    for one in streams:
        texts = {box: next(sealed) for box in one.boxes}
        readable = {box: SealedText(text) for box, text in texts.items() if not isinstance(text, Erased)}
        done.append(readable if len(readable) == len(texts) else None)
    return done


async def seal(sealer: Sealer, child: UUID, stream: UUID, texts: Iterable[tuple[str, str | None]]) -> Texts:
    """Seal the texts of one stream.

    Raises:
        ChildIsErased: there is text, and the child was erased.

    """
    [sealed] = await seal_many(sealer, [ToSeal(child, stream, boxes_of(texts))])
    if sealed is None:
        raise ChildIsErased
    return sealed


async def unseal(sealer: Sealer, child: UUID, stream: UUID, texts: Texts) -> dict[str, str]:
    """Open the texts of one stream; an erased child's are all `[erased]`."""
    opened = await sealer.unseal_many(
        [Sealed(child, context_of(stream, _field_of(box)), text) for box, text in texts.items()]
    )
    return {box: ERASED_TEXT if isinstance(text, Erased) else text for box, text in zip(texts, opened, strict=True)}


def _field_of(box: str) -> str:
    """Return the field a box's text was sealed for.

    Concerns share one, as none knows its place when it is sealed. What the practitioner answers may come to stand in
    the outcome, and so is sealed as its answers are.
    """
    return CONCERN if box.startswith(_CONCERNS) else box.removeprefix(OF_PRACTITIONER)


def concern_box(number: int) -> str:
    """Return the box of the n-th concern's text, counted from 1 as the audit's concerns are listed."""
    return f"{_CONCERNS}{number}"


def outcome_of(form: OutcomeForm, texts: Texts, tool: ToolDocument) -> Outcome:
    """Return the outcome of a form with its sealed texts; a finding has its theme's component where it names none."""
    components = {theme.code: theme.component for theme in tool.themes}
    return Outcome(
        took_part=form.took_part,
        reflective_discussion=form.reflective_discussion,
        overall_grade=form.overall_grade,
        overall_rationale=texts.get("overall_rationale"),
        inadequate_likely=form.inadequate_likely,
        concern=form.concern,
        concern_text=texts.get("concern_text"),
        sections={
            id_: SectionJudgement(
                grade=section.grade, score=section.score, rationale=texts.get(f"sections/{id_}/rationale")
            )
            for id_, section in form.sections.items()
        },
        answers=answers_of(form.answers, texts),
        child_feedback=_feedback(form.child_feedback),
        parent_feedback=_feedback(form.parent_feedback),
        practitioner_feedback=_feedback(form.practitioner_feedback),
        not_took_part_because=form.not_took_part_because,
        reflective_discussion_on=form.reflective_discussion_on,
        reflective_discussion_with=form.reflective_discussion_with,
        findings=tuple(
            Finding(
                section=found.section,
                theme=found.theme,
                polarity=found.polarity,
                component=found.component or components.get(found.theme),
                text=texts.get(finding_box(found.section, found.theme, found.polarity)),
            )
            for found in form.findings
        ),
        overridden_limits={limit: texts.get(limit_box(limit), NO_TEXT) for limit in form.overridden_limits},
    )


def answers_of(given: Mapping[Code, AnswerForm], texts: Texts, before: str = "") -> dict[Code, Answer]:
    """Return answers with their sealed texts; `before` is how the names of their boxes begin."""
    return {
        id_: Answer(
            value=answer.value,
            text=texts.get(f"{before}answers/{id_}/text"),
            evidence=texts.get(f"{before}answers/{id_}/evidence"),
            impact=texts.get(f"{before}answers/{id_}/impact"),
            reason=answer.reason,
        )
        for id_, answer in given.items()
    }


async def reseal(sealer: Sealer, child: UUID, stream: UUID, form: OutcomeForm, before: Outcome) -> Texts:
    """Seal the texts of an amendment; what is left out or not rewritten keeps its sealed text.

    Raises:
        ChildIsErased: there is new text, and the child was erased.

    """
    old = before.texts()
    given = dict(form.texts())
    rewritten = {box: text for box, text in given.items() if text}
    known = await unseal(sealer, child, stream, {box: old[box] for box in rewritten if box in old})
    same = {box for box, text in rewritten.items() if known.get(box) == text}
    fresh = await seal(sealer, child, stream, [(box, text) for box, text in rewritten.items() if box not in same])
    kept = {box: text for box, text in old.items() if box in same or given.get(box) is None}
    return {**_still_asked(kept, form), **fresh}


def present_beside(form: OutcomeForm, before: Outcome) -> Texts:
    """Return what `reseal` would, with a mark for each new text: what a dry run checks with, sealing nothing."""
    given = dict(form.texts())
    kept = {box: text for box, text in before.texts().items() if given.get(box) is None}
    return {**_still_asked(kept, form), **present(given.items())}


def _still_asked(kept: Mapping[str, SealedText], form: OutcomeForm) -> dict[str, SealedText]:
    """Drop kept texts of sections and answers that the amended outcome no longer has."""
    named = {f"sections/{id_}" for id_ in form.sections} | {f"answers/{id_}" for id_ in form.answers}
    named |= {box.rsplit("/", 1)[0] for box, _ in form.texts() if box.startswith(("findings/", "overridden_limits/"))}
    return {box: text for box, text in kept.items() if "/" not in box or box.rsplit("/", 1)[0] in named}


def _feedback(form: FeedbackForm) -> Feedback:
    return Feedback(obtained=form.obtained, why_not=form.why_not, score=form.score)

"""What a made-up auditor writes into an audit tool: valid answers to whatever the tool's document asks.

Reads the tool as plain JSON, as any other client of the audit service would.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Literal

from infra.sample.judgement import grade_of
from infra.sample.plan import (
    AnswerValue,
    Concern,
    Grade,
    PlannedAnswer,
    PlannedFeedback,
    PlannedOutcome,
    PlannedSection,
    PlannedTheme,
)

Tool = Mapping[str, Any]
_WHY_NO_CHILD = ("too-young", "declined", "not-reached", "not-asked")
_WHY_NO_PARENT = ("not-reached", "declined", "not-asked", "not-safe-to-ask")
_EVIDENCE = (
    "Seen in the case notes and in the last two supervision records.",
    "The plan sets out who does what by when; the latest review checked each step.",
    "Visits were recorded within two days and say what was seen and heard.",
    "The chronology is up to date and was used in the assessment.",
)
_IMPACT = (
    "The family knows what has to change and says that it helps.",
    "School attendance rose after the plan was agreed.",
    "It is not yet clear what difference this made at home.",
    "The wait for the assessment left things as they were for too long.",
)


def outcome(tool: Tool, *, status: str, quality: float, grade: Grade, rng: random.Random) -> PlannedOutcome:
    """Give a complete outcome: every question the tool asks about a child of this status is answered."""
    sections: list[PlannedSection] = []
    answers: list[PlannedAnswer] = []
    themes: list[PlannedTheme] = []
    for section in tool["sections"]:
        if section.get("applies_to") and status not in section["applies_to"]:
            continue
        here = quality + rng.gauss(0, 0.5)
        judged = _section(section, here, rng)
        if judged is not None:
            sections.append(judged)
        for question in section.get("questions", ()):
            answer, found = _answer(tool, question, here, rng)
            answers.append(answer)
            themes += found
    concern = _concern(grade, rng)
    return PlannedOutcome(
        grade=grade,
        rationale="The grade rests on the sections above, most of all on risk and on what changed for the child.",
        inadequate_likely=grade == "inadequate",
        concern=concern,
        concern_text=None if concern == "none" else "What was seen needs a manager's oversight before the next visit.",
        took_part=_weighted(rng, (("both", 45), ("worker", 35), ("manager", 8), ("neither", 12))),
        reflective_discussion=rng.random() < 0.8,
        sections=tuple(sections),
        answers=tuple(answers),
        themes=tuple(themes),
        child_feedback=_feedback(tool, 0.38, _WHY_NO_CHILD, rng),
        parent_feedback=_feedback(tool, 0.55, _WHY_NO_PARENT, rng),
        practitioner_feedback=_feedback(tool, 0.7, ("not-returned", "left-the-team"), rng),
    )


def _section(section: Mapping[str, Any], quality: float, rng: random.Random) -> PlannedSection | None:
    kind = section.get("judgement", "grade")
    rationale = _text(section.get("rationale", "none"), _EVIDENCE, rng)
    if kind == "grade":
        return PlannedSection(section["id"], grade=grade_of(quality), rationale=rationale)
    if kind == "score":
        low, high = section.get("score_from", 0), section.get("score_to", 10)
        middle = (low + high) / 2 + quality * (high - low) / 6
        return PlannedSection(section["id"], score=min(high, max(low, round(middle))), rationale=rationale)
    return PlannedSection(section["id"], rationale=rationale) if rationale else None


def _answer(
    tool: Tool, question: Mapping[str, Any], quality: float, rng: random.Random
) -> tuple[PlannedAnswer, list[PlannedTheme]]:
    evidence = _text(question.get("evidence", "none"), _EVIDENCE, rng)
    impact = _text(question.get("impact", "none"), _IMPACT, rng)
    if question["scale"] == "text":
        return PlannedAnswer(question["id"], None, text=rng.choice(_IMPACT)), []
    if question["scale"] == "themes":
        found = _themes(tool, question, quality, rng)
        return PlannedAnswer(question["id"], tuple(theme.theme for theme in found), None, evidence, impact), found
    return PlannedAnswer(question["id"], _value(question, quality, rng), None, evidence, impact), []


def _value(question: Mapping[str, Any], quality: float, rng: random.Random) -> AnswerValue:
    if question.get("may_be_not_seen") and rng.random() < 0.04:
        return "not-seen"
    if question.get("may_be_not_applicable") and rng.random() < 0.06:
        return "not-applicable"
    scale = question["scale"]
    if scale == "grade":
        return grade_of(quality + rng.gauss(0, 0.3))
    if scale == "yes-no":
        return rng.random() < min(0.95, max(0.1, 0.6 + quality * 0.2))
    if scale == "scale":
        values = sorted(point["value"] for point in question["points"])
        place = (len(values) - 1) * min(1.0, max(0.0, 0.5 + quality / 5 + rng.gauss(0, 0.1)))
        return int(values[round(place)])
    if scale == "number":
        low, high = int(question.get("minimum") or 0), int(question.get("maximum") or 12)
        return rng.randint(low, high)
    if scale == "date":
        return f"2025-{rng.randint(1, 9):02}-{rng.randint(1, 28):02}"
    codes = [choice["code"] for choice in question["choices"]]
    if scale == "choice":
        return str(rng.choice(codes))
    return tuple(code for code in codes if rng.random() < 0.4) or (str(codes[0]),)


def _themes(tool: Tool, question: Mapping[str, Any], quality: float, rng: random.Random) -> list[PlannedTheme]:
    polarity: Literal["strength", "development"] = question["polarity"]
    lean = quality if polarity == "strength" else -quality
    count = min(len(tool["themes"]), max(1, round(1.5 + lean * 0.6 + rng.random())))
    # Earlier themes of the list are the commoner ones, so that a report finds a pattern.
    weights = [1 / (place + 1) for place in range(len(tool["themes"]))]
    if polarity == "strength":
        weights.reverse()
    picked: dict[str, PlannedTheme] = {}
    while len(picked) < count:
        theme = rng.choices(tool["themes"], weights)[0]
        picked[theme["code"]] = PlannedTheme(theme["code"], polarity, theme.get("component"))
    return [picked[code] for code in sorted(picked)]


def _text(box: str, texts: tuple[str, ...], rng: random.Random) -> str | None:
    if box == "required" or (box == "optional" and rng.random() < 0.7):
        return rng.choice(texts)
    return None


def _concern(grade: Grade, rng: random.Random) -> Concern:
    draw = rng.random()
    if grade == "inadequate":
        return "safeguarding" if draw < 0.45 else "practice" if draw < 0.8 else "none"
    if grade == "requires-improvement":
        return "safeguarding" if draw < 0.02 else "practice" if draw < 0.08 else "none"
    return "practice" if draw < 0.004 else "none"


def _feedback(tool: Tool, share: float, reasons: tuple[str, ...], rng: random.Random) -> PlannedFeedback:
    if rng.random() >= share:
        return PlannedFeedback(obtained=False, why_not=rng.choice(reasons))
    points = [point["value"] for point in tool.get("feedback_points", ())]
    return PlannedFeedback(obtained=True, score=int(rng.choice(points)) if points else None)


def _weighted(rng: random.Random, shares: tuple[tuple[Any, int], ...]) -> Any:
    return rng.choices([word for word, _ in shares], [weight for _, weight in shares])[0]

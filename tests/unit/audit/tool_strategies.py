"""Made-up audit tools for hypothesis: every field of the document, small, and valid by the tool's own rules."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st

GRADES = ["inadequate", "requires-improvement", "good", "outstanding"]
STATUSES = ["early-help", "in-need", "protection", "in-care", "care-leaver", "disabled"]
BOXES = ["none", "optional", "required"]
PEOPLE = ["auditor", "practitioner", "family", "moderator"]
Json = dict[str, Any]

letters = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zl", "Zp"], exclude_characters="$\r"
)
labels = st.text(letters, min_size=1, max_size=40).filter(lambda text: bool(text.strip())).map(str.strip)
prose = st.one_of(
    st.just(""), labels, st.tuples(labels, labels).map("\n".join), st.sampled_from(["=1+1", "+44", "' x", "12", "yes"])
)
ids = st.text(string.ascii_lowercase + string.digits + ".-", min_size=1, max_size=12).filter(
    lambda text: text[0] not in ".-"
)
codes = st.text(string.ascii_lowercase + string.digits + "._/-".replace("_", ""), min_size=1, max_size=8).filter(
    lambda text: text[0] not in "./-"
)


@st.composite
def choices(draw: st.DrawFn, least: int = 1) -> list[Json]:
    found = draw(st.lists(codes, min_size=least, max_size=4, unique=True))
    return [{"code": code, "label": draw(labels)} for code in found if code not in {"not-applicable", "not-seen"}]


@st.composite
def points(draw: st.DrawFn, *, graded: bool) -> list[Json]:
    values = draw(st.lists(st.integers(-100, 100), min_size=1, max_size=5, unique=True))
    found: list[Json] = [{"value": value, "name": draw(labels)} for value in values]
    if not graded:
        return found
    grades = sorted((draw(st.sampled_from(GRADES)) for _ in found), key=GRADES.index, reverse=draw(st.booleans()))
    by_value = dict(zip(sorted(values), grades, strict=True))
    return [{**point, "grade": by_value[point["value"]]} for point in found]


def descriptors() -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(GRADES), labels, max_size=4)


@st.composite
def questions(draw: st.DrawFn, id_: str, before: list[Json], *, themes: bool) -> Json:
    scales = [
        "grade",
        "scale",
        "yes-no",
        "choice",
        "choices",
        "number",
        "date",
        "text",
        *(["themes"] if themes else []),
    ]
    scale = draw(st.sampled_from(scales))
    question: Json = {
        "id": id_,
        "text": draw(labels),
        "scale": scale,
        "guidance": draw(prose),
        "required": draw(st.booleans()),
        "may_be_not_applicable": draw(st.booleans()),
        "may_be_not_seen": draw(st.booleans()),
        "evidence": draw(st.sampled_from(BOXES)),
        "impact": draw(st.sampled_from(BOXES)),
        "compliance": draw(st.booleans()),
        "weight": draw(st.sampled_from([1, 0, 0.5, 2, 100])),
        "answered_by": draw(st.one_of(st.none(), st.sampled_from(PEOPLE[:3]))),
        "asked_if": draw(conditions(before)),
    }
    if question["may_be_not_applicable"] and draw(st.booleans()):
        question["not_applicable_reasons"] = draw(choices())
    if draw(st.booleans()):
        question |= {"replaces": "an-earlier-one", "comparable": draw(st.booleans())}
    match scale:
        case "grade":
            question["grade_descriptors"] = draw(descriptors())
        case "scale":
            question["points"] = draw(points(graded=draw(st.booleans())))
        case "choice" | "choices":
            question["choices"] = [*draw(choices(0)), {"code": "zz-other", "label": "Other"}]
        case "number":
            low, high = sorted(draw(st.tuples(*[st.sampled_from([-5, 0, 0.25, 3, 1000000])] * 2)))
            question["minimum"] = draw(st.sampled_from([None, low]))
            question["maximum"] = draw(st.sampled_from([None, high]))
        case "date":
            earlier = [each["id"] for each in before if each["scale"] == "date"]
            question["may_lie_ahead"] = draw(st.booleans())
            question["not_before"] = draw(st.sampled_from([None, *earlier]))
        case "themes":
            question["polarity"] = draw(st.sampled_from(["strength", "development"]))
    return question


def answers_of(question: Json) -> list[str]:
    """Return some answers that a condition may name, written as domain conditions write them."""
    words = {
        "grade": GRADES,
        "yes-no": ["yes", "no"],
        "number": ["0", "2.5", "-3"],
        "scale": [str(point["value"]) for point in question.get("points", [])],
        "themes": ["a-theme"],
    }.get(question["scale"], [choice["code"] for choice in question.get("choices", [])])
    more = [("not-applicable", "may_be_not_applicable"), ("not-seen", "may_be_not_seen")]
    return [*words, *(word for word, field in more if question[field])]


@st.composite
def conditions(draw: st.DrawFn, before: list[Json]) -> list[Json]:
    usable = [question for question in before if answers_of(question)]
    if not usable:
        return []
    chosen = draw(st.lists(st.sampled_from(usable), max_size=2, unique_by=lambda question: question["id"]))
    return [
        {
            "question": question["id"],
            "answers": draw(st.lists(st.sampled_from(answers_of(question)), min_size=1, max_size=3, unique=True)),
            "negated": draw(st.booleans()),
        }
        for question in chosen
    ]


@st.composite
def sections(
    draw: st.DrawFn, id_: str, question_ids: list[str], before: list[Json], *, graded: bool, themes: bool
) -> Json:
    judgement = draw(st.sampled_from(["grade", "score", "none"] if graded else ["score", "none"]))
    section: Json = {
        "id": id_,
        "title": draw(labels),
        "guidance": draw(prose),
        "judgement": judgement,
        "rationale": draw(st.sampled_from(BOXES)),
        "applies_to": draw(st.lists(st.sampled_from(STATUSES), max_size=3, unique=True)),
        "asked_if": draw(conditions(before)),
        "answered_by": draw(st.one_of(st.none(), st.sampled_from(PEOPLE[:3]))),
        "questions": [],
    }
    if judgement != "none":
        section["grade_descriptors"] = draw(descriptors())
    if judgement == "score":
        low, middle, high = draw(st.sampled_from([(0, 5, 10), (1, 1, 4), (0, 49, 100)]))
        section |= {"score_from": low, "score_to": high}
        if draw(st.booleans()):
            section["score_grades"] = [
                {"from": low, "to": middle, "grade": "inadequate"},
                {"from": middle + 1, "to": high, "grade": "good"},
            ]
    for question_id in question_ids:
        question = draw(questions(question_id, before, themes=themes))
        section["questions"].append(question)
        before.append(question)
    return section


@st.composite
def limits(draw: st.DrawFn, id_: str, made: list[Json], before: list[Json]) -> Json:
    judged = [section["id"] for section in made if section["judgement"] == "grade" or section.get("score_grades")]
    when = draw(conditions(before))
    if judged:
        when.append({"section": draw(st.sampled_from(judged)), "at_most": draw(st.sampled_from(GRADES[:3]))})
    return {
        "id": id_,
        "message": draw(labels),
        "effect": draw(st.sampled_from(["warn", "block"])),
        "when": when,
        "overall_at_most": draw(st.sampled_from(GRADES[:3])),
    }


@st.composite
def tools(draw: st.DrawFn) -> Json:
    """Make the document of a tool that is valid."""
    names = draw(st.lists(ids, min_size=4, max_size=9, unique=True))
    themes, graded = draw(st.booleans()), draw(st.booleans())
    before: list[Json] = []
    cut = draw(st.integers(2, len(names) - 1))
    made = [
        draw(sections(names[0], names[2:cut], before, graded=graded, themes=themes)),
        draw(sections(names[1], names[cut:], before, graded=graded, themes=themes)),
    ]
    document: Json = {
        "tool": draw(ids),
        "version": draw(st.one_of(st.none(), st.integers(1, 999))),
        "title": draw(labels),
        "description": draw(prose),
        "kinds": draw(st.lists(codes, min_size=1, max_size=3, unique=True)),
        "graded": graded,
        "in_practice_figures": draw(st.booleans()),
        "needs_earlier_audit": draw(st.booleans()),
        "complete_within_days": draw(st.sampled_from([None, 1, 10])),
        "months_read": draw(st.sampled_from([None, 12])),
        "months_judged": draw(st.sampled_from([None, 6])),
        "feedback_points": draw(st.one_of(st.just([]), points(graded=False))),
        "themes": [{"code": "a-theme", "label": draw(labels), "component": draw(st.sampled_from([None, "systemic"]))}]
        if themes
        else [],
        "sections": made,
    }
    if graded:
        document["overall_rationale"] = draw(st.sampled_from(BOXES))
        found = [draw(limits(id_, made, before)) for id_ in draw(st.lists(ids, max_size=2, unique=True))]
        document["limits"] = [limit for limit in found if limit["when"]]
    return document

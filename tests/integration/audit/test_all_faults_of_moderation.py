"""Moderators', panels' and practitioners' bodies: faults of form and of tool in one round, and nothing hidden told."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from itertools import product
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import QUALITY, Service, allocation, completion, publish_tool, service
from tests.support.servers import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR, PRACTITIONER, TOOL_JSON, settings_text

pytestmark = pytest.mark.stack

TOOL = copy.deepcopy(TOOL_JSON) | {
    "limits": [
        {
            "id": "planning-first",
            "message": "Not good while planning is inadequate",
            "effect": "block",
            "when": [{"section": "planning", "at_most": "inadequate"}],
            "overall_at_most": "requires-improvement",
        }
    ]
}
TOOL["sections"] += [
    {
        "id": f"of-{whose}",
        "title": whose.capitalize(),
        "judgement": "none",
        "answered_by": whose,
        "questions": [{"id": f"{whose}-counts", "text": "How many?", "scale": "number", "minimum": 0, "maximum": 9}],
    }
    for whose in ("moderator", "practitioner")
]
LONG = "x" * 20_001
OWED = {"quality": QUALITY, "rationale": "The plan works."}
"""What a moderator owes beside grades, whatever they are."""


SIGHTED, BLIND = "northmoor", "saltmere"


@pytest_asyncio.fixture(scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    more = "dispute_decided_by: panel, second_at_distance: null,"
    documents = settings_text(SIGHTED, more=more), settings_text(BLIND, more=more, blind=True)
    async with service(stack.postgres, tmp_path_factory.mktemp("told"), *documents) as opened:
        for authority in (SIGHTED, BLIND):
            await publish_tool(opened, TOOL, authority=authority)
        yield opened


async def under_way(audit: Service, authority: str = SIGHTED) -> str:
    body = allocation(practitioner=str(PRACTITIONER))
    answer = await audit.post("/audits", body, Role.QA_OFFICER, authority=authority)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["audit_id"])


async def to_moderate(audit: Service, authority: str, *, planning: str = "good", overall: str = "good") -> str:
    """A completed audit whose moderation waits, blind or sighted as the authority has it."""
    audit_id = await under_way(audit, authority)
    body = completion(overall_grade=overall, sections={"planning": {"grade": planning}})
    done = await audit.post(f"/audits/{audit_id}/completion", body, Role.AUDITOR, person=AUDITOR, authority=authority)
    assert done.status_code == 200, done.text
    return audit_id


async def answer_to(audit: Service, path: str, body: Any, role: Role = Role.MODERATOR, **who: Any) -> dict[str, Any]:
    """Return the faults of a body by their places; each has one."""
    answer = await audit.post(path, body, role, **{"person": MODERATOR, "authority": SIGHTED, **who})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:sightline:problem:invalid"), answer.text
    assert LONG[:50] not in answer.text
    listed = answer.json()["problems"]
    found = {each["place"].removeprefix("body/"): each["message"] for each in listed}
    assert len(found) == len(listed)
    return found


async def told(audit: Service, path: str, body: Any, role: Role = Role.MODERATOR, **who: Any) -> set[str]:
    return set(await answer_to(audit, path, body, role, **who))


def moderated(**changes: Any) -> dict[str, Any]:
    """A moderation with three faults that only the tool knows of, and these changes."""
    given: dict[str, Any] = {
        **OWED,
        "overall_grade": "good",
        "section_reasons": {"planning": "It says who does what."},
        "sections": {"planning": "good", "permanence": "good"},
        "answers": {"moderator-counts": {"value": 99}, "no-such": {"value": True}},
    }
    return {**given, **changes}


OF_TOOL = {"answers/moderator-counts", "answers/no-such", "sections/permanence"}


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"weather": "fine"}, {"weather"}),
        ({"rationale": LONG}, {"rationale"}),
        ({"section_reasons": {"planning": "The plan\u202e works."}}, {"section_reasons/planning"}),
        ({"quality": {**QUALITY, "thorough": "very"}}, {"quality/thorough"}),
        ({"quality": {"thorough": "yes"}}, {"quality/evidenced", "quality/actions_right"}),
        ({"happened_at": "2999-01-01T00:00:00Z"}, {"happened_at"}),
        ({"happened_at": "yesterday", "weather": "fine"}, {"happened_at", "weather"}),
        ({"happened_at": "2999-01-01T00:00:00Z", "weather": "fine"}, {"happened_at", "weather"}),
    ],
)
async def test_of_a_moderation_and_of_blind_grades_all_faults_come_at_once(
    audit: Service, changes: dict[str, Any], places: set[str]
) -> None:
    for authority, step in ((SIGHTED, "moderation"), (BLIND, "moderation"), (BLIND, "moderation/blind-grades")):
        audit_id = await to_moderate(audit, authority)
        path = f"/audits/{audit_id}/{step}"
        assert await told(audit, path, moderated(**changes), authority=authority) == OF_TOOL | places, path
        [waiting] = (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER, authority=authority)).json()["moderations"]
        assert (waiting["done"], waiting["blind_grades"]) == (False, None)


async def test_what_a_moderator_owes_beside_grades_is_told_with_all_the_rest(audit: Service) -> None:
    bare = moderated(quality=None, rationale=None, section_reasons={}, sections={"planning": "inadequate"}, weather="")
    of_tool = {"answers/moderator-counts", "answers/no-such", "weather", "overall_grade"}  # the tool's limit on it
    whole = {"quality", "rationale", "section_reasons/planning"}
    for authority, step, owed in (
        (SIGHTED, "moderation", whole),
        (BLIND, "moderation", whole),
        (BLIND, "moderation/blind-grades", {"rationale"}),
    ):
        path = f"/audits/{await to_moderate(audit, authority)}/{step}"
        assert await told(audit, path, bare, authority=authority) == of_tool | owed, path


async def test_reasons_for_grades_given_blind_are_not_missed_while_others_in_their_place_are_not_read(
    audit: Service,
) -> None:
    path = f"/audits/{await to_moderate(audit, BLIND)}"
    blind = {"overall_grade": "inadequate", "sections": {"planning": "inadequate"}, "rationale": "It stands still."}
    given = await audit.post(
        f"{path}/moderation/blind-grades", blind, Role.MODERATOR, person=MODERATOR, authority=BLIND
    )
    assert given.status_code == 200, given.text
    body = {"answers": {"moderator-counts": {"value": 2}}, "weather": "fine"}
    missing = {"weather", "quality", "section_reasons/planning"}
    assert await told(audit, f"{path}/moderation", body, authority=BLIND) == missing
    unread = {**body, "sections": {"permanence": "goood"}}
    assert await told(audit, f"{path}/moderation", unread, authority=BLIND) == {
        "weather",
        "quality",
        "sections/permanence",
    }


async def test_what_hangs_on_an_unread_part_is_left_unsaid(audit: Service) -> None:
    path = f"/audits/{await to_moderate(audit, SIGHTED, planning='inadequate', overall='inadequate')}/moderation"
    grades = moderated(sections={"planning": "goood"}, section_reasons={"planning": "It works."}, answers={})
    # neither the limit, which hangs on the section, nor the reason beside it
    assert await told(audit, path, grades) == {"sections/planning", "answers/moderator-counts"}
    panel = moderated(moderator_type="No Code", panel=["nobody", str(AUDITOR)], answers={}, sections={})
    assert await told(audit, path, panel) >= {"moderator_type", "panel/0", "answers/moderator-counts"}
    which = moderated(moderation_id="the last one")
    assert await told(audit, path, which) == {"moderation_id"}


async def test_no_answer_to_a_blind_moderator_is_another_however_the_auditor_graded(audit: Service) -> None:
    """A body with a fault of form stores nothing, and could be sent as often as one likes, to find out."""
    bodies = [
        {"weather": "fine", "overall_grade": "good", **changes}
        for changes in (
            {},
            {"sections": {"planning": "good"}},
            {"sections": {"planning": "inadequate"}},
            {"overridden_limits": {"planning-first": "Why not."}},
            {"standing_grade": "outstanding"},
        )
    ]
    for step, body in product(("moderation", "moderation/blind-grades"), bodies):
        if step.endswith("blind-grades") and "standing_grade" in body:
            continue
        answers = []
        for planning, overall in (("good", "good"), ("inadequate", "inadequate"), ("outstanding", "outstanding")):
            audit_id = await to_moderate(audit, BLIND, planning=planning, overall=overall)
            answers.append(await answer_to(audit, f"/audits/{audit_id}/{step}", body, authority=BLIND))
        assert answers[0] == answers[1] == answers[2], (step, body)


async def test_sighted_the_limit_is_told_beside_a_misspelt_field(audit: Service) -> None:
    path = f"/audits/{await to_moderate(audit, SIGHTED, planning='inadequate', overall='inadequate')}/moderation"
    body = {**OWED, "weather": "fine", "overall_grade": "good", "answers": {"moderator-counts": {"value": 2}}}
    assert await told(audit, path, body) == {"weather", "overall_grade"}


async def test_of_a_panels_decision(audit: Service) -> None:
    audit_id = await to_moderate(audit, SIGHTED)
    path = f"/audits/{audit_id}"
    done = {**OWED, "overall_grade": "requires-improvement", "answers": {"moderator-counts": {"value": 2}}}
    assert (await audit.post(f"{path}/moderation", done, Role.MODERATOR, person=MODERATOR)).status_code == 200
    body = {"reason": "grade", "text": "The visits were made."}
    opened = await audit.post(f"{path}/dispute", body, Role.QA_MANAGER)
    assert opened.status_code == 201, opened.text
    [dispute] = (await audit.get(path, Role.QA_MANAGER)).json()["disputes"]
    settlement = f"{path}/disputes/{dispute['dispute_id']}/settlement"
    wrong = {"outcome": "changed", "standing_grade": "good", "panel": ["x", str(MODERATOR)], "text": LONG,
             "sections": {"nowhere": "good"}}  # fmt: skip
    places = {"panel/0", "panel/1", "text", "sections/nowhere"}
    assert await told(audit, settlement, wrong, Role.QA_MANAGER) == places
    unread = {**wrong, "outcome": "perhaps", "panel": [], "text": "Agreed."}
    assert await told(audit, settlement, unread, Role.QA_MANAGER) == {"outcome"}


class TestPractitioner:
    WHO: ClassVar[dict[str, Any]] = {"role": Role.PRACTITIONER, "person": PRACTITIONER}

    @pytest.mark.parametrize(
        ("changes", "places"),
        [
            ({"text": LONG}, {"text"}),
            ({"text": "Words\u202e turned round"}, {"text"}),
            ({"weather": "fine"}, {"weather"}),
            ({"happened_at": "2999-01-01T00:00:00Z"}, {"happened_at"}),
            ({"happened_at": "2999-01-01T00:00:00Z", "weather": "fine"}, {"happened_at", "weather"}),
        ],
    )
    async def test_of_feedback(self, audit: Service, changes: dict[str, Any], places: set[str]) -> None:
        path = f"/audits/{await under_way(audit)}/practitioner-feedback"
        body = {"score": 77, "answers": {"practitioner-counts": {"value": 99}, "no-such": {"value": True}}, **changes}
        of_tool = {"score", "answers/practitioner-counts", "answers/no-such"}
        assert await told(audit, path, body, **self.WHO) == of_tool | places

    async def test_of_an_answer_to_the_outcome(self, audit: Service) -> None:
        audit_id = await to_moderate(audit, SIGHTED)
        body = {"agrees": "yes", "text": LONG, "weather": "fine", "happened_at": "2999-01-01T00:00:00Z"}
        found = await told(audit, f"/audits/{audit_id}/practitioner-response", body, **self.WHO)
        assert found == {"text", "weather", "happened_at"}


async def test_of_what_is_no_object_or_lacks_what_all_hangs_on_that_is_told(audit: Service) -> None:
    path = f"/audits/{await to_moderate(audit, SIGHTED)}"
    for step, body, place in (("moderation", [], "body"), ("practitioner-response", {}, "agrees")):
        role = Role.QA_OFFICER if step == "moderation" else Role.PRACTITIONER
        person = MODERATOR if step == "moderation" else PRACTITIONER
        assert await told(audit, f"{path}/{step}", body, role, person=person) == {place}


async def test_ahead_alone_is_still_told_as_such(audit: Service) -> None:
    body = {
        **OWED,
        "overall_grade": "good",
        "answers": {"moderator-counts": {"value": 2}},
        "happened_at": "2999-01-01T00:00:00Z",
    }
    path = f"/audits/{await to_moderate(audit, SIGHTED)}/moderation"
    answer = await audit.post(path, body, Role.MODERATOR, person=MODERATOR)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:sightline:problem:in-the-future")

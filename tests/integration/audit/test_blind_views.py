"""Every view that a blind moderator can read, and every answer to what they may send, on an audit full of grades.

The auditor's grade stands in each place that holds one: the whole, a section, a grade question, a point of a scale that
the tool maps to a grade, a question asked only then, and the reasons beside them; then the audit is amended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.integration.audit.support import QUALITY, Service, allocation, completion, publish_tool, service
from tests.support.servers import Stack
from tests.unit.audit.builders import AUDITOR, MODERATOR, TOOL_JSON, settings_text

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="module")]

POINT, CANARY = 97, "canary-of-the-grade"
_MAPPED = [
    {"value": 3, "name": "Not", "grade": "inadequate"},
    {"value": POINT, "name": "Fully", "grade": "outstanding"},
]
_SECTION = {
    "id": "safety",
    "title": "Safety",
    "judgement": "grade",
    "rationale": "optional",
    "questions": [
        {"id": "grade-of-it", "text": "How good?", "scale": "grade", "evidence": "optional"},
        {
            "id": "points-of-it",
            "text": "How good, by points?",
            "scale": "scale",
            "points": _MAPPED,
            "impact": "optional",
        },
        {
            "id": "only-then",
            "text": "What made it outstanding?",
            "scale": "text",
            "asked_if": [{"question": "points-of-it", "answers": [str(POINT)]}],
        },
        {"id": "visits", "text": "How many visits?", "scale": "number", "evidence": "optional"},
    ],
}
TOOL = {
    **{key: value for key, value in TOOL_JSON.items() if key not in {"themes", "sections"}},
    "tool": "mapped-check",
    "sections": [_SECTION],
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "grade-of-it": {"value": "outstanding", "evidence": CANARY},
    "points-of-it": {"value": POINT, "impact": CANARY},
    "only-then": {"text": CANARY},
    "visits": {"value": 4, "evidence": "Seen in March."},
}
_CONCERN = {"concern": "practice", "inadequate_likely": False, "text": CANARY}


def outcome(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "overall_grade": "outstanding",
        "overall_rationale": CANARY,
        "sections": {"safety": {"grade": "outstanding", "rationale": CANARY}},
        "answers": _ANSWERS,
    }
    return completion(**{**told, **changes})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def audit(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder: Path = tmp_path_factory.mktemp("blind")
    async with service(stack.postgres, folder, settings_text("northmoor", blind=True)) as running:
        await publish_tool(running, TOOL)
        yield running


async def moderated_blind(audit: Service) -> str:
    """A completed and amended audit whose moderation waits, blind, for `MODERATOR`."""
    body = allocation(tool="mapped-check", case_number=f"RS-{uuid4().hex[:6]}")
    audit_id = str((await audit.post("/audits", body, Role.QA_OFFICER)).json()["audit_id"])
    amendment = outcome(reason="grade-too-low", happened_at=None)
    del amendment["recommendations"]
    for path, sent in (
        ("completion", outcome(overall_grade="good")),
        ("amendment", amendment),
        ("concern", _CONCERN),
    ):
        done = await audit.post(f"/audits/{audit_id}/{path}", sent, Role.AUDITOR, person=AUDITOR)
        assert done.is_success, done.text
    asked = {"moderator": str(MODERATOR), "blind": True}
    done = await audit.post(f"/audits/{audit_id}/moderation-request", asked, Role.QA_OFFICER)
    assert done.status_code in {200, 409}, done.text  # the policy may have asked for it
    return audit_id


def leaves(value: Any) -> Iterator[Any]:
    """Yield every name and every value of an answer."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from leaves(one)
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one)
    else:
        yield value


def told(answer: Any) -> set[str]:
    """Return what of the auditor's grades an answer tells."""
    found = list(leaves(answer))
    words = " ".join(map(str, found))
    tells = {one for one in ("outstanding", CANARY, "grade-too-low", str(AUDITOR)) if one in words}
    tells |= {one for one in ("grade-of-it", "points-of-it", "only-then") if one in words}
    return tells | ({str(POINT)} if POINT in found else set())


async def test_no_view_tells_a_blind_moderator_what_the_auditor_answered(audit: Service) -> None:
    audit_id = await moderated_blind(audit)
    paths = (await audit.http.get("/openapi.json")).json()["paths"]
    seen: list[str] = []
    for template, methods in paths.items():
        if "get" not in methods or not template.startswith("/v1/") or template.startswith("/v1/tools"):
            continue  # a tool's own document has its scale in it, and no answer
        names = {"audit_id": audit_id, "number": "2"}
        path = template.format_map({**dict.fromkeys(_names(template), str(uuid4())), **names})
        answer = await audit.http.get(path, headers=audit.headers(Role.MODERATOR, person=MODERATOR))
        if answer.is_success:
            seen.append(template)
        assert told(answer.json()) == set(), path
    assert {"/v1/audits", "/v1/audits/{audit_id}", "/v1/audits/{audit_id}/versions/{number}"} <= set(seen)
    read = (await audit.get(f"/audits/{audit_id}", Role.MODERATOR, person=MODERATOR)).json()
    assert (read["blind"], set(read["outcome"]["answers"])) == (True, {"visits"})
    assert read["texts"]["answers/visits/evidence"] == "Seen in March."
    whole = (await audit.get(f"/audits/{audit_id}", Role.QA_OFFICER)).json()
    assert told(whole) >= {"outstanding", CANARY, str(POINT), "only-then"}


def _names(template: str) -> list[str]:
    return [part.split("}")[0] for part in template.split("{")[1:]]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("moderation/blind-grades", {"overall_grade": "good"}),
        ("moderation", {"overall_grade": "good"}),
        ("concern", {"concern": "practice", "inadequate_likely": False, "text": "Of mine."}),
        ("recommendations", {"recommendation": {"category": "supervision", "text": "Of mine."}}),
    ],
)
async def test_what_changed_since_does_not_tell_it_either(audit: Service, path: str, body: dict[str, Any]) -> None:
    audit_id = await moderated_blind(audit)
    headers = {**audit.headers(Role.MODERATOR, person=MODERATOR), "If-Match": '"1"'}
    answer = await audit.http.post(f"/v1/audits/{audit_id}/{path}", json=body, headers=headers)
    assert answer.status_code == 412, answer.text
    assert told(answer.json()) == set()
    for field in ("overall_grade", "sections", "inadequate_likely", "overall_rationale"):
        assert field not in next(one["message"] for one in answer.json()["problems"] if one["field"] == "audit-amended")
    refused = {**body, "sections": {"nowhere": "good"}, "answers": {"points-of-it": 3}}
    faults = await audit.post(f"/audits/{audit_id}/{path}", refused, Role.MODERATOR, person=MODERATOR)
    assert faults.status_code == 422
    assert told(faults.json()) <= {"points-of-it"}  # which they sent themselves


async def test_lists_do_not_find_a_disputed_grade_for_who_is_to_judge_it_blind(audit: Service) -> None:
    audit_id = await moderated_blind(audit)
    graded = {
        "overall_grade": "inadequate",
        "sections": {"safety": "inadequate"},
        "section_reasons": {"safety": "Not seen."},
        "quality": QUALITY,
        "rationale": "Not seen.",
    }
    done = await audit.post(f"/audits/{audit_id}/moderation", graded, Role.MODERATOR, person=MODERATOR)
    assert done.is_success, done.text  # far from the auditor's: a dispute, and a second moderation
    for query in ("?limit=500", "?limit=500&dispute=open"):
        listed = {
            role: [
                one
                for one in (await audit.get(f"/audits{query}", role)).json()["audits"]
                if one["audit_id"] == audit_id
            ]
            for role in (Role.MODERATOR, Role.QA_OFFICER)
        }
        assert [one["dispute"] for one in listed[Role.QA_OFFICER]] == ["open"]
        assert [(one["dispute"], one["decided_by"]) for one in listed[Role.MODERATOR]] in ([], [(None, None)])
        assert bool(listed[Role.MODERATOR]) is ("dispute" not in query)


async def test_where_a_page_ends_does_not_tell_what_it_leaves_out(audit: Service) -> None:
    waiting = [await moderated_blind(audit) for _ in range(3)]  # all audited by `AUDITOR`, which is hidden
    for query in (f"auditor={AUDITOR}", "dispute=none"):
        for limit in (1, 2, 500):
            path = f"/audits?limit={limit}&{query}"
            page = (await audit.get(path, Role.MODERATOR, person=MODERATOR)).json()
            named = {page["after"], *(one["audit_id"] for one in page["audits"])}
            assert not named & set(waiting), path
        whole = (await audit.get(f"/audits?limit=500&{query}", Role.QA_OFFICER)).json()["audits"]
        assert set(waiting) <= {one["audit_id"] for one in whole}
    own: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (
            await audit.get(f"/audits?limit=1{after and f'&after={after}'}", Role.MODERATOR, person=MODERATOR)
        ).json()
        own += [one["audit_id"] for one in page["audits"]]
        after = page["after"]
    assert set(waiting) <= set(own)
    assert len(own) == len(set(own))

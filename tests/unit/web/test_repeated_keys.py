"""A JSON body in which a key comes twice is refused at each place, whatever way it comes in, and no value is repeated."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from shared.web.principal import Role
from shared.web.repeated import repeated_keys
from tests.unit.web.support import PERSON, application, client, issuer

GOOD = (
    '"grade": "good", "completed_at": "2026-11-23T16:40:00+00:00", "score": 3, '
    '"audit_id": "0b0d6fd8-7a4c-4b0f-9a53-2f4f7a1f6d10"'
)
JSON = {"Content-Type": "application/json; charset=utf-8"}


@pytest_asyncio.fixture
async def caller(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    made = issuer(tmp_path)
    async with client(application(made.verifier()), made.issue(Role.AUDITOR, "northmoor", person=PERSON)) as one:
        yield one


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}', []),
        ('{"a": 1, "a": 1}', [("a",)]),
        ('{"a": 1, "a": 2, "a": 3}', [("a",)]),
        (r'{"a": 1, "\u0061": 2}', [("a",)]),
        ('{"one": {"two": [{"x": 1}, {"x": 1, "x": 2}]}, "y": 0, "y": {}}', [("y",), ("one", "two", 1, "x")]),
        ('{"a": {"x": 1}, "a": {"y": 1, "y": 2}}', [("a",), ("a", "y")]),
        ('{"a": 1, "a"', []),
        ("[" * 5000, []),
        ("", []),
    ],
)
def test_each_place_is_told_once(document: str, expected: list[tuple[str | int, ...]]) -> None:
    assert repeated_keys(document) == repeated_keys(document.encode()) == expected


def test_in_utf_16_too_and_however_deep() -> None:
    assert repeated_keys('{"a": 1, "a": 2}'.encode("utf-16")) == [("a",)]
    deep = '{"a":' * 300 + '{"b": 1, "b": 2}' + "}" * 300
    assert repeated_keys(deep) == [(*("a",) * 300, "b")]
    assert repeated_keys(b"\xff{") == []


async def test_a_body_with_a_key_twice_is_refused_without_its_values(caller: httpx.AsyncClient) -> None:
    body = "{" + GOOD + ', "grade": "Jane Example", "score": 4, "score": 5, "Jane Example": 1, "Jane Example": 2}'
    answer = await caller.post("/audits/complete", content=body, headers=JSON)
    assert answer.status_code == 422
    told = answer.json()
    assert told["type"] == "urn:sightline:problem:invalid"
    places = [one["place"] for one in told["problems"]]
    assert places == ["body/grade", "body/score", "body/(a name that is not shown)"]
    assert {one["way_out"] for one in told["problems"]} == {"Keep one of them."}
    assert "Jane" not in answer.text


async def test_in_pieces_it_is_found_too(caller: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in ("{", GOOD, ', "gra', 'de": "inadequate"', "}"):
            yield piece.encode()

    answer = await caller.post("/audits/complete", content=pieces(), headers=JSON)
    assert (answer.status_code, answer.json()["problems"][0]["place"]) == (422, "body/grade")


async def test_what_has_every_key_once_is_taken_and_other_types_are_not_looked_into(caller: httpx.AsyncClient) -> None:
    assert (await caller.post("/audits/complete", content="{" + GOOD + "}", headers=JSON)).status_code == 201
    table = await caller.post("/audits/table", content='{"a": 1, "a": 2}', headers={"Content-Type": "text/csv"})
    assert (table.status_code, table.json()) == (200, 16)


async def test_it_reads_as_the_standard_does() -> None:
    """What is refused here is what a reader of JSON would take the last of."""
    assert json.loads('{"a": 1, "a": 2}') == {"a": 2}

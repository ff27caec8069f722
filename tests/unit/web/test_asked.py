"""A query parameter that an address does not know is refused, with the one that was meant; nothing of it is repeated."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.web.principal import Role
from tests.unit.web.support import PERSON, application, client, issuer


@pytest_asyncio.fixture
async def caller(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    made = issuer(tmp_path)
    async with client(application(made.verifier()), made.issue(Role.AUDITOR, "northmoor", person=PERSON)) as one:
        yield one


async def refused(caller: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    answer = await caller.get(address)
    assert answer.status_code == 422, answer.text
    problems: list[dict[str, Any]] = answer.json()["problems"]
    return problems


@pytest.mark.parametrize("name", ["limi", "limits", "Limit"])
async def test_a_parameter_misspelt_is_named_with_the_one_that_was_meant(caller: httpx.AsyncClient, name: str) -> None:
    (one,) = await refused(caller, f"/audits/search?limit=3&{name}=4")
    assert (one["field"], one["place"]) == (name, f"query/{name}")
    assert one["message"] == "This parameter is not known here."
    assert one["way_out"] == "Did you mean limit? This address takes limit."


async def test_one_that_is_like_no_other_is_told_what_there_is(caller: httpx.AsyncClient) -> None:
    (one,) = await refused(caller, "/audits/search?limit=3&when=now")
    assert one["way_out"] == "Leave it out; this address takes limit."


async def test_what_else_is_wrong_is_told_in_the_same_answer(caller: httpx.AsyncClient) -> None:
    problems = await refused(caller, "/audits/search?limit=many&x=1&x=2&y=3")
    assert [one["field"] for one in problems] == ["x", "y", "limit"]
    (missing,) = [one for one in await refused(caller, "/audits/search?limt=3") if one["field"] == "limit"]
    assert missing["message"] == "This field is required."


async def test_a_name_that_no_parameter_could_have_is_not_repeated(caller: httpx.AsyncClient) -> None:
    answer = await caller.get("/audits/search", params={"limit": 3, "Jane Example": "x"})
    assert answer.status_code == 422
    assert "Jane" not in answer.text


async def test_known_ones_are_taken(caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/audits/search?limit=3")).status_code == 200


async def test_who_may_not_ask_hears_nothing_of_parameters(tmp_path: Path) -> None:
    made = issuer(tmp_path)
    async with client(application(made.verifier()), made.issue(Role.DIRECTOR, "northmoor", person=PERSON)) as other:
        assert (await other.get("/audits/search?limt=3")).status_code == 403

"""Every error is problem+json, lists all that is wrong, says the way out, and repeats nothing the caller sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import Response
from fastapi.responses import HTMLResponse

from shared.telemetry.health import FunctionProbe
from shared.web.principal import Role
from shared.web.problems import FieldProblem, Problem, invalid
from tests.unit.web.support import BODY_LIMIT, PERSON, application, client, issuer

GOOD = {
    "grade": "good",
    "completed_at": "2026-11-23T16:40:00+00:00",
    "score": 3,
    "audit_id": "0b0d6fd8-7a4c-4b0f-9a53-2f4f7a1f6d10",
}
SECRET = "Jane Example"


@pytest_asyncio.fixture
async def caller(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    made = issuer(tmp_path)
    async with client(application(made.verifier()), made.issue(Role.AUDITOR, "northmoor", person=PERSON)) as one:
        yield one


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:sightline:problem:{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"].endswith(".")
    assert body["instance"] == f"urn:uuid:{answer.headers['X-Correlation-Id']}"
    assert SECRET not in answer.text
    return body


async def test_every_problem_of_a_body_is_listed_without_its_value(caller: httpx.AsyncClient) -> None:
    sent = {"grade": SECRET, "completed_at": "2026-11-23T16:40:00", "score": 11, "audit_id": SECRET, "notes": SECRET}
    body = problem(await caller.post("/audits/complete", json=sent), 422, "invalid")
    assert {one["field"] for one in body["problems"]} == {"grade", "completed_at", "score", "audit_id", "notes"}
    assert {one["place"] for one in body["problems"]} >= {"body/grade", "body/score"}
    assert all(one["message"] for one in body["problems"])
    assert body["detail"] == "5 problems found; each is listed."


async def test_what_is_missing_is_named(caller: httpx.AsyncClient) -> None:
    body = problem(await caller.post("/audits/complete", json={}), 422, "invalid")
    assert [one["message"] for one in body["problems"]] == ["This field is required."] * 4
    assert all(one["way_out"] == "Add the field." for one in body["problems"])


async def test_query_parameters_are_held_to_their_limits(caller: httpx.AsyncClient) -> None:
    body = problem(await caller.get("/audits/search", params={"limit": "Jane Example"}), 422, "invalid")
    assert body["problems"][0]["place"] == "query/limit"


async def test_broken_json_is_400(caller: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    problem(await caller.post("/audits/complete", content=b'{"Jane Example', headers=headers), 400, "not-json")
    problem(await caller.post("/audits/complete", content=b'{"grade": "\xff"}', headers=headers), 400, "not-readable")


async def test_a_number_that_is_none_is_refused_in_words(caller: httpx.AsyncClient) -> None:
    body = problem(await caller.get("/audits/search", params={"limit": SECRET}), 422, "invalid")
    assert body["problems"][0]["message"] == "This must be a whole number."


async def test_a_fault_of_ours_says_nothing_of_its_cause(caller: httpx.AsyncClient) -> None:
    problem(await caller.get("/audits/broken"), 500, "fault")


async def test_refusals_of_the_domain_and_of_the_protocol(caller: httpx.AsyncClient) -> None:
    problem(await caller.get("/audits/late"), 409, "already-completed")
    problem(await caller.get(f"/nothing/{SECRET}"), 404, "not-found")
    answer = await caller.delete("/audits/late")
    assert problem(answer, 405, "method-not-allowed")["detail"] == "This address takes GET, POST only."
    assert answer.headers["Allow"] == "GET, POST"
    plain = {"Content-Type": "text/plain"}
    problem(await caller.post("/audits/complete", content=SECRET.encode(), headers=plain), 415, "media-type")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    problem(await caller.post("/audits/complete", content=b"grade=good", headers=form), 415, "media-type")
    problem(await caller.post("/audits/complete", content=b"{}", headers={"Content-Type": ""}), 415, "media-type")


@pytest.mark.parametrize(
    ("path", "sent", "taken"),
    [
        ("/audits/complete", "text/plain", "application/json"),
        ("/audits/complete", "text/csv", "application/json"),
        ("/audits/table", "application/json", "text/csv"),
        ("/audits/late", "text/plain", "application/json"),
    ],
)
async def test_a_refused_media_type_names_what_that_address_takes(
    caller: httpx.AsyncClient, path: str, sent: str, taken: str
) -> None:
    answer = await caller.post(path, content=b"x", headers={"Content-Type": sent})
    said = problem(answer, 415, "media-type")["detail"]
    assert f"taken here as {taken} only" in said
    good = await caller.post(path, content=b"1", headers={"Content-Type": taken})
    assert good.status_code != 415


async def test_who_asks_for_a_page_gets_one_at_any_address_and_for_any_fault(tmp_path: Path) -> None:
    def page(refused: Problem, instance: str | None) -> Response:
        return HTMLResponse(f"<p>{refused.type} {instance}</p>", refused.status)

    made = issuer(tmp_path)
    app = application(made.verifier(), page=page)
    async with client(app, made.issue(Role.AUDITOR, "northmoor")) as one:
        for path, kind in (
            ("/nothing", "not-found"),
            ("/audits/search?limit=none", "invalid"),
            ("/audits/late", "already-completed"),
            ("/audits/broken", "fault"),
        ):
            answer = await one.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
            assert answer.text == f"<p>{kind} {answer.headers['X-Correlation-Id']}</p>"
            problem(await one.get(path, headers={"Accept": "*/*"}), answer.status_code, kind)


async def test_a_body_at_the_limit_is_read_and_one_above_is_not(caller: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    at_limit = b"[" + b" " * (BODY_LIMIT - 2) + b"]"
    assert (await caller.post("/audits/complete", content=at_limit, headers=headers)).status_code == 422
    above = await caller.post("/audits/complete", content=at_limit + b" ", headers=headers)
    problem(above, 413, "body-too-large")


async def test_a_chunked_body_is_cut_off_at_the_limit(caller: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(10_000):
            sent += 100
            yield b" " * 100

    headers = {"Content-Type": "application/json"}
    problem(await caller.post("/audits/complete", content=endless(), headers=headers), 413, "body-too-large")
    assert sent <= BODY_LIMIT + 200


async def test_a_body_announced_too_large_is_not_read_at_all(caller: httpx.AsyncClient) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b" "

    headers = {"Content-Type": "application/json", "Content-Length": str(BODY_LIMIT + 1)}
    problem(await caller.post("/audits/complete", content=body(), headers=headers), 413, "body-too-large")
    assert read == 0


async def test_a_lie_about_the_length_does_not_help(caller: httpx.AsyncClient) -> None:
    async def more_than_said() -> AsyncIterator[bytes]:
        yield b" " * (BODY_LIMIT + 1)

    headers = {"Content-Type": "application/json", "Content-Length": "10"}
    problem(await caller.post("/audits/complete", content=more_than_said(), headers=headers), 413, "body-too-large")


async def test_the_same_command_has_the_same_key(tmp_path: Path) -> None:
    made = issuer(tmp_path)
    app = application(made.verifier())
    other = made.issue(Role.AUDITOR, "northmoor", person=uuid4())
    elsewhere = made.issue(Role.AUDITOR, "saltmere", person=PERSON)

    async def send(body: dict[str, Any], token: str, **headers: str) -> dict[str, str]:
        async with client(app, token) as one:
            answer = await one.post("/audits/complete", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            found: dict[str, str] = answer.json()
            return found

    mine = made.issue(Role.AUDITOR, "northmoor", person=PERSON)
    first = await send(GOOD, mine)
    assert await send(GOOD, made.issue(Role.AUDITOR, "northmoor", person=PERSON, hours=3)) == first
    changed = await send({**GOOD, "score": 4}, mine)
    assert changed["key"] != first["key"]
    named = await send(GOOD, mine, **{"Idempotency-Key": "k-1"})
    again = await send({**GOOD, "score": 4}, mine, **{"Idempotency-Key": "k-1"})
    assert named["key"] == again["key"] != first["key"]
    assert named["fingerprint"] != again["fingerprint"]
    keys = {named["key"]}
    for token in (other, elsewhere):
        keys.add((await send(GOOD, token, **{"Idempotency-Key": "k-1"}))["key"])
    assert len(keys) == 3


@pytest.mark.parametrize("key", ["", "with space", "x" * 201, "tab\tinside"])
async def test_a_malformed_idempotency_key_is_refused(caller: httpx.AsyncClient, key: str) -> None:
    answer = await caller.post("/audits/complete", json=GOOD, headers={"Idempotency-Key": key})
    problem(answer, 400, "idempotency-key-malformed")


async def test_the_correlation_id_is_the_caller_s_or_a_new_one(caller: httpx.AsyncClient) -> None:
    mine = str(uuid4())
    assert (await caller.get("/audits/late", headers={"X-Correlation-Id": mine})).headers["X-Correlation-Id"] == mine
    made = (await caller.get("/audits/late", headers={"X-Correlation-Id": SECRET})).headers["X-Correlation-Id"]
    assert UUID(made).version == 7


async def test_every_answer_carries_the_security_headers(caller: httpx.AsyncClient) -> None:
    for path in ("/audits/late", "/health/live", "/nothing", "/audits/broken"):
        headers = (await caller.get(path)).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


async def test_readiness_names_the_part_that_does_not_work(tmp_path: Path) -> None:
    state = {"ready": False}
    probes = [
        FunctionProbe("database", lambda: (True, "answers")),
        FunctionProbe("consumer", lambda: (state["ready"], "0 of 3 partitions assigned")),
    ]
    async with client(application(issuer(tmp_path).verifier(), probes=list(probes))) as one:
        answer = await one.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["parts"][1] == {
            "name": "consumer",
            "ready": False,
            "detail": "0 of 3 partitions assigned",
        }
        assert (await one.get("/health/live")).status_code == 200
        state["ready"] = True
        assert (await one.get("/health/ready")).json()["status"] == "ready"


async def test_metrics_name_routes_and_never_addresses(caller: httpx.AsyncClient) -> None:
    await caller.get("/audits/northmoor/north/riverside/zzz-team-77")
    await caller.get("/nothing/zzz-team-77")
    text = (await caller.get("/metrics")).text
    assert "sightline_http_requests_total" in text
    assert "zzz-team-77" not in text


async def test_there_is_no_interactive_page_that_loads_from_elsewhere(caller: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc"):
        assert (await caller.get(path)).status_code == 404
    described = (await caller.get("/openapi.json")).json()
    operation = described["paths"]["/audits/complete"]["post"]
    assert operation["security"] == [{"HTTPBearer": []}]


async def test_static_files_are_served_and_only_those(tmp_path: Path) -> None:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "page.css").write_text("body {}")
    (tmp_path / "secret.txt").write_text(SECRET)
    async with client(application(issuer(tmp_path).verifier(), static=folder)) as one:
        assert (await one.get("/static/page.css")).status_code == 200
        for path in ("/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/none.css"):
            assert (await one.get(path)).status_code == 404


@pytest.mark.parametrize("method", ["JANEEXAMPLE", "GETX", "get", "X" * 200])
async def test_a_method_http_does_not_know_is_the_callers_text_and_written_nowhere(
    caller: httpx.AsyncClient, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": method, "path": "/audits/search", "raw_path": b"",
        "query_string": b"", "headers": [], "root_path": "", "scheme": "http", "server": ("service.test", 80),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    transport = caller._transport  # httpx itself writes every method in capitals
    assert isinstance(transport, httpx.ASGITransport)
    await transport.app(scope, receive, send)
    assert sent[0]["status"] == 405
    written = capsys.readouterr()
    measured = (await caller.get("/metrics")).text
    assert '"method":"OTHER"' in written.err + written.out
    assert f'"{method}"' not in written.err + written.out + measured


@pytest.mark.parametrize(
    ("found", "listed", "last"), [(500, 500, "at 499"), (501, 501, "1 more problem is not listed.")]
)
def test_nobody_is_given_thousands_of_problems_to_mend(found: int, listed: int, last: str) -> None:
    told = invalid({"field": "answers", "place": f"body/{n}", "message": f"at {n}"} for n in range(found))
    assert (len(told.problems), told.problems[-1].message) == (listed, last)
    assert told.detail == f"{found} problems found; {'each is' if found == 500 else '500 are'} listed."


def test_the_problems_beyond_the_listed_ones_are_counted() -> None:
    problems = [FieldProblem(field="answers", place=f"body/answers/{n}", message="unknown") for n in range(50_000)]
    told = Problem(422, "outcome-invalid", problems=problems).document()["problems"]
    assert (len(told), told[499]["place"]) == (501, "body/answers/499")
    assert told[500]["message"] == "49500 more problems are not listed."

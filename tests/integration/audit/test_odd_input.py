"""Whatever is sent to the audit service, it answers as its OpenAPI document says: no fault of ours, every error in form.

The real service as a process of its own on real servers, asked by schemathesis with few examples a route, the same
ones in every run. Half of the requests name things that are there, and have a body that is right but for a part or two.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.web.principal import Role
from tests.integration.audit import access_scenes as s
from tests.integration.audit.access_requests import ASKED
from tests.integration.audit.access_table import TABLE
from tests.integration.audit.support import allocation, completion
from tests.support.platform import Platform, platform, until
from tests.support.stack import Stack
from tests.unit.audit.builders import TOOL_JSON

pytestmark = [pytest.mark.stack, pytest.mark.timeout(180)]

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 8
LEAD = (Role.QA_MANAGER, Role.SERVICE, Role.QA_OFFICER)
"""Who asks, of the roles that a route is for: whoever gets furthest."""


@dataclass
class Asked:
    """The running service, its document, and the things that addresses name."""

    running: Platform
    schema: Any
    session: requests.Session
    names: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.running.ports['audit']}"

    def post(self, path: str, body: Any, method: str = "POST") -> dict[str, Any]:
        headers = self.running.token(Role.QA_MANAGER, "northmoor") | {"Idempotency-Key": uuid4().hex}
        answer = self.session.request(method, f"{self.address}{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return dict(answer.json())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asked(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Asked]:
    folder = tmp_path_factory.mktemp("odd")
    authorities = folder / "authorities"
    authorities.mkdir()
    for name, text in zip(("northmoor", "saltmere"), s.documents(), strict=True):
        (authorities / f"{name}.yaml").write_text(text)
    async with platform(stack, folder) as made:
        await made.begin("audit", SIGHTLINE_AUTHORITIES=str(authorities))
        await until(lambda: made.is_ready("audit"), "audit being ready")
        with requests.Session() as session:
            session.trust_env = False
            document = session.get(f"http://127.0.0.1:{made.ports['audit']}/openapi.json", timeout=30).json()
            found = Asked(made, schemathesis.openapi.from_dict(document), session, {})
            await asyncio.to_thread(furnish, found)
            yield found


def furnish(asked: Asked) -> None:
    """Make the things that addresses name."""
    asked.post("/v1/tools", TOOL_JSON)
    asked.post("/v1/tools", s.CALIBRATION_TOOL)
    asked.post("/v1/tools/riverside-check/draft", s.spare("riverside-check", title="New"), "PUT")
    audit_id = asked.post("/v1/audits", allocation(practitioner=str(uuid4())))["audit_id"]
    done = asked.post(f"/v1/audits/{audit_id}/completion", completion(overall_grade="inadequate"))
    calibration = asked.post("/v1/calibrations", s.opening(due_on=f"{datetime.now(UTC) + timedelta(days=3650):%F}"))
    asked.post("/v1/moderation-queue/rounds", {})
    asked.names |= {
        "audit_id": audit_id,
        "recommendation_id": done["recommendations"][0],
        "moderation_id": done["open_moderation"],
        "calibration_id": calibration["calibration_id"],
        "tool": "riverside-check",
        "version": "1",
        "number": "1",
    }


@pytest.mark.parametrize(("method", "path"), list(TABLE))
async def test_odd_input_is_answered_as_documented(asked: Asked, method: str, path: str) -> None:
    await asyncio.to_thread(try_route, asked, method, path)


def try_route(asked: Asked, method: str, path: str) -> None:
    role = next((one for one in LEAD if one in TABLE[method, path]), Role.PRACTITIONER)
    token = asked.running.token(role, "northmoor")
    names: Mapping[str, str] = asked.names
    good = ASKED[method, path][1](role, s.Scene({"tool": "riverside-check", "case_number": "RS-000123"}))

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=asked.schema[path][method].as_strategy(), there=st.booleans(), data=st.data())
    def answers(case: schemathesis.Case[Any], there: bool, data: st.DataObject) -> None:
        for name in case.path_parameters:
            if there and name in names:
                case.path_parameters[name] = names[name]
        if there and isinstance(case.body, dict) and isinstance(good, dict):
            parts = sorted({*case.body, *good})
            odd = data.draw(st.sets(st.sampled_from(parts), max_size=2)) if parts else set()
            case.body = {**good, **{name: case.body[name] for name in odd if name in case.body}}
        case.query = {key: value for key, value in (case.query or {}).items() if key != "authority"}
        answer = case.call(
            base_url=asked.address, session=asked.session, headers={**token, "Idempotency-Key": uuid4().hex}
        )
        case.validate_response(answer, checks=CHECKS)

    answers()

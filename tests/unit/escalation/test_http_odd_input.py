"""Whatever is sent, the answer is one the OpenAPI document promises: no fault of ours, every error a problem+json."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from shared.web.principal import Role
from shared.web.tokens import LocalIssuer
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

ONE = "/v1/escalations/{escalation_id}"
OPERATIONS: dict[tuple[str, str], Role] = {
    ("GET", "/v1/escalations"): Role.QA_MANAGER,
    ("POST", "/v1/escalations"): Role.QA_MANAGER,
    ("GET", ONE): Role.QA_MANAGER,
    ("POST", f"{ONE}/decision-not-required"): Role.QA_MANAGER,
    ("POST", f"{ONE}/raise"): Role.QA_MANAGER,
    ("POST", f"{ONE}/reclassification"): Role.QA_MANAGER,
    ("POST", f"{ONE}/actions"): Role.TEAM_MANAGER,
    ("POST", f"{ONE}/actions/{{action_id}}/completion"): Role.TEAM_MANAGER,
    ("POST", f"{ONE}/oversight"): Role.SERVICE_MANAGER,
    ("POST", f"{ONE}/sign-off"): Role.SERVICE_MANAGER,
    ("POST", f"{ONE}/closure"): Role.SERVICE_MANAGER,
}


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_odd_input_is_answered_in_form(method: str, path: str, tmp_path: Path) -> None:
    rig = Rig(now=s.january(15, 18))
    asyncio.run(rig.do(s.consider(s.cause(1)), s.raise_(), s.add_action()))
    issuer = LocalIssuer(tmp_path)
    schema = schemathesis.openapi.from_asgi("/openapi.json", o.application(rig.casework, issuer))
    token = issuer.issue(OPERATIONS[method, path], "northmoor", ("*",), o.DSM.reference)

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy())
    def answers(case: schemathesis.Case[Any]) -> None:
        if "escalation_id" in case.path_parameters:
            case.path_parameters["escalation_id"] = str(s.ESCALATION)
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], answer.text

    answers()

"""Audit's and reporting's answers say moments in the form in which the escalation service's do: UTC, with `Z`."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from services.audit.app.audits.views import ConcernView, ReAuditView
from services.audit.app.viewing import View
from services.reporting.facts.live import Freshness
from services.reporting.pages.view import report_json
from services.reporting.reports.figures import Report

SUMMER = datetime(2026, 7, 8, 10, tzinfo=ZoneInfo("Europe/London"))
NINE = "2026-07-08T09:00:00Z"


def test_audit_s_moments_come_in_with_any_offset_and_go_out_in_utc() -> None:
    asked: View = ReAuditView(escalation_id=UUID(int=1), asked_at=SUMMER, due_on=date(2026, 10, 1), stands="asked")
    assert json.loads(asked.model_dump_json())["asked_at"] == NINE
    flagged = {"flagged_at": "2026-07-08T10:00:00+01:00", "by_role": "auditor", "concern": "practice"}
    said = ConcernView.model_validate(flagged | {"inadequate_likely": None})
    assert json.loads(said.model_dump_json())["flagged_at"] == NINE


def test_reporting_s_json_has_its_moments_in_that_form_too() -> None:
    moment = SUMMER.astimezone(UTC)
    report = Report.model_construct(kind="triannual")  # type: ignore[call-arg]  # its figures are not looked at
    found = json.loads(report_json(report, Freshness(moment, moment, {}, 0), {"published_at": moment}, moment))
    assert found["freshness"]["moment"] == found["freshness"]["recorded_to"] == NINE
    assert found["publication"]["published_at"] == found["known_at"] == NINE

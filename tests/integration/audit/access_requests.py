"""How each route of the access table is asked: what it is asked about, and the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from shared.web.principal import Role
from tests.integration.audit import access_scenes as s
from tests.integration.audit.sheets import XLSX
from tests.integration.audit.support import allocation, completion, moderation
from tests.unit.audit.builders import AUDITOR, OTHER_MODERATOR, TOOL_JSON

ROUTE = tuple[str, str]
Body = Callable[[Role, s.Scene], Any]
_AUDIT = "/v1/audits/{audit_id}"
_TOOL = "/v1/tools/{tool}"
_QUEUE = "/v1/moderation-queue"
_CALIBRATION = "/v1/calibrations/{calibration_id}"


def _always(body: Any) -> Body:
    return lambda _role, _scene: body


def _graded(role: Role, _scene: s.Scene) -> dict[str, Any]:
    return s.grading(**({"auditor": str(AUDITOR)} if role in s.ON_BEHALF else {}))


ASKED: dict[ROUTE, tuple[s.Make, Body]] = {
    ("POST", "/v1/audits"): (s.nothing, lambda _role, _scene: allocation(case_number=f"RS-{uuid4().hex[:8]}")),
    ("GET", "/v1/audits"): (s.completed, _always(None)),
    ("GET", _AUDIT): (s.completed, _always(None)),
    ("GET", "/audits/{audit_id}"): (s.completed, _always(None)),
    ("GET", "/"): (s.completed, _always(None)),
    ("GET", f"{_AUDIT}/versions"): (s.completed, _always(None)),
    ("GET", f"{_AUDIT}/versions/{{number}}"): (s.completed, _always(None)),
    ("GET", "/v1/text-readings"): (s.nothing, _always(None)),
    ("POST", f"{_AUDIT}/concern"): (s.completed, _always({"concern": "practice"})),
    ("POST", f"{_AUDIT}/completion"): (s.allocated, _always(completion())),
    ("POST", f"{_AUDIT}/amendment"): (s.completed, _always(s.amendment())),
    ("POST", f"{_AUDIT}/withdrawal"): (s.completed, _always({"reason": "wrong-child"})),
    ("POST", f"{_AUDIT}/recommendations"): (
        s.completed,
        _always({"recommendation": {"category": "supervision", "text": "Plan for drift."}}),
    ),
    ("POST", f"{_AUDIT}/recommendations/{{recommendation_id}}/follow-up"): (s.completed, _always({"done": False})),
    ("GET", "/v1/audits/mine-as-practitioner"): (s.completed, _always(None)),
    ("GET", f"{_AUDIT}/as-practitioner"): (s.completed, _always(None)),
    ("POST", f"{_AUDIT}/practitioner-feedback"): (s.allocated, _always({"score": 1, "text": "I was heard."})),
    ("POST", f"{_AUDIT}/practitioner-response"): (s.completed, _always({"agrees": "partly", "text": "I see it so."})),
    ("GET", f"{_AUDIT}/draft"): (s.drafted, _always(None)),
    ("PATCH", f"{_AUDIT}/draft"): (s.drafted, _always({"overall_rationale": s.TEXT, "took_part": "both"})),
    ("PUT", f"{_AUDIT}/draft"): (s.drafted, _always({"overall_rationale": s.TEXT})),
    ("POST", f"{_AUDIT}/moderation-request"): (s.moderated, _always({})),
    ("POST", f"{_AUDIT}/moderation/blind-grades"): (
        s.completed,
        lambda role, _scene: s.by_moderator(role, overall_grade="good", rationale="Planned well."),
    ),
    ("POST", f"{_AUDIT}/moderation"): (
        s.completed,
        lambda role, _scene: s.by_moderator(role, **moderation(happened_at=None)),
    ),
    ("POST", f"{_AUDIT}/dispute"): (s.moderated, _always({"reason": "grade", "text": "We see it otherwise."})),
    ("POST", f"{_AUDIT}/disputes/{{dispute_id}}/settlement"): (s.disputed, _always({"outcome": "noted"})),
    ("POST", f"{_AUDIT}/reflective-note"): (s.moderated, _always({"text": "We talked."})),
    ("GET", "/v1/disputes"): (s.disputed, _always(None)),
    ("GET", _QUEUE): (s.in_queue, _always(None)),
    ("GET", "/v1/moderators/load"): (s.in_queue, _always(None)),
    ("POST", f"{_QUEUE}/rounds"): (s.nothing, _always(None)),
    ("POST", f"{_QUEUE}/carry-over"): (s.nothing, _always({"from_cycle": "2020-01", "to_cycle": "2020-02"})),
    ("GET", f"{_QUEUE}/{{moderation_id}}"): (s.in_queue, _always(None)),
    ("POST", f"{_QUEUE}/{{moderation_id}}/moderator"): (s.in_queue, _always({"moderator": str(OTHER_MODERATOR)})),
    ("POST", f"{_QUEUE}/{{moderation_id}}/release"): (s.in_queue, _always({"reason": "leave"})),
    ("POST", f"{_QUEUE}/{{moderation_id}}/pass-on"): (s.in_queue, _always({"reason": "leave"})),
    ("POST", "/v1/calibrations"): (s.nothing, _always(s.opening())),
    ("GET", "/v1/calibrations"): (s.calibration, _always(None)),
    ("GET", "/v1/calibrations/agreement"): (s.nothing, _always(None)),
    ("GET", _CALIBRATION): (s.calibration, _always(None)),
    ("POST", f"{_CALIBRATION}/grades"): (s.calibration, _graded),
    ("POST", f"{_CALIBRATION}/closure"): (
        s.calibration,
        _always({"overall_grade": "good", "sections": {"planning": "good"}, "reasons": "Agreed."}),
    ),
    ("POST", "/v1/tools"): (s.nothing, _always(TOOL_JSON)),
    ("GET", "/v1/tools"): (s.tool, _always(None)),
    ("GET", "/v1/tools/{tool}"): (s.tool, _always(None)),
    ("GET", f"{_TOOL}/versions"): (s.tool, _always(None)),
    ("POST", f"{_TOOL}/versions/{{version}}/retirement"): (s.spare_tool, _always(None)),
    ("PUT", f"{_TOOL}/draft"): (s.spare_tool, lambda _role, scene: s.spare(scene.names["tool"])),
    ("GET", f"{_TOOL}/draft"): (s.drafted_tool, _always(None)),
    ("POST", f"{_TOOL}/publication"): (s.drafted_tool, _always(None)),
    ("GET", f"{_TOOL}/comparison"): (s.drafted_tool, _always(None)),
    ("POST", f"{_TOOL}/comparison"): (s.spare_tool, lambda _role, scene: s.spare(scene.names["tool"])),
    ("POST", "/v1/tools/xlsform"): (s.nothing, lambda _role, _scene: s.workbook()),
    ("GET", f"{_TOOL}/versions/{{version}}.xlsx"): (s.spare_tool, _always(None)),
    ("GET", f"{_TOOL}/versions/{{version}}.txt"): (s.spare_tool, _always(None)),
    ("POST", "/v1/imports"): (s.nothing, lambda _role, _scene: s.import_file()),
    ("POST", "/v1/children"): (s.nothing, lambda _role, _scene: {"case_number": f"RS-{uuid4().hex[:8]}"}),
    ("POST", "/v1/children/reference"): (s.child, lambda _role, scene: {"case_number": scene.names["case_number"]}),
    ("GET", "/v1/children/{reference}/export"): (s.child, _always(None)),
    ("POST", "/v1/children/{reference}/erasure"): (s.child, _always({})),
}
"""How each route is asked: what it is asked about, and the body."""

FILES = {"/v1/imports": "text/csv", "/v1/tools/xlsform": XLSX}

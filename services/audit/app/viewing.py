"""The base of everything the audit service shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict

from services.audit.domain.audits.outcome import Answer, Outcome
from services.audit.domain.words import Code
from shared.web.moments import SaidInUtc


class View(SaidInUtc):
    """A frozen answer; its moments are in UTC, with whatever offset they came in."""

    model_config = ConfigDict(frozen=True)


def shown_answers(answers: Mapping[Code, Answer]) -> dict[str, Any]:
    """Return answers without their sealed texts."""
    return {
        id_: answer.model_dump(mode="json", exclude={"text", "evidence", "impact"}) for id_, answer in answers.items()
    }


def coded_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome without its sealed texts."""
    coded = outcome.model_dump(
        mode="json",
        exclude={
            "overall_rationale": True,
            "concern_text": True,
            "sections": {"__all__": {"rationale"}},
            "answers": {"__all__": {"text", "evidence", "impact"}},
            "findings": {"__all__": {"text"}},
            "overridden_limits": True,
        },
    )
    return {**coded, "overridden_limits": sorted(outcome.overridden_limits)}

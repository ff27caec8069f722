"""The base of everything the audit service shows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from services.audit.domain.audits.outcome import Outcome


class View(BaseModel):
    """A frozen answer."""

    model_config = ConfigDict(frozen=True)


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

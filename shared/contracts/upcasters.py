"""Older versions of events, lifted step by step to the newest.

A step is a plain function from one version's JSON to the next one's. A published version is never edited: its
golden files stay readable for ever through this chain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

Step = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Upcasters:
    """Steps by the type they lift from: `{"x.v1": ("x.v2", step)}`."""

    steps: Mapping[str, tuple[str, Step]] = field(default_factory=dict)

    def lift(self, event_type: str, data: bytes) -> tuple[str, dict[str, Any]] | None:
        """Return newest type and data, or None where no step begins at this type."""
        if event_type not in self.steps:
            return None
        lifted: dict[str, Any] = orjson.loads(data)
        newest = event_type
        while newest in self.steps:
            newest, step = self.steps[newest]
            lifted = step(lifted)
        return newest, lifted


UPCASTERS = Upcasters()
"""No event has a second version yet."""

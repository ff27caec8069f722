"""What is hidden from a reader, with the answers that their audit's tool makes tell a grade."""

from __future__ import annotations

from dataclasses import replace

from services.audit.app.handling import Begun, Parts
from services.audit.app.moderation.access import Hidden, hidden
from services.audit.domain.moderation.telling import telling_of
from shared.web.principal import Principal


async def hidden_of(parts: Parts, principal: Principal, state: Begun) -> Hidden:
    """Return what is hidden from a reader; the tool is looked at only where grades are."""
    found = hidden(principal, state)
    if not found.grades:
        return found
    allocation = state.allocation
    tool = await parts.tools.get(allocation.authority, allocation.tool, allocation.tool_version)
    return replace(found, telling=telling_of(tool))

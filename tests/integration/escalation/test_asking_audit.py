"""The question for a child's reference, asked of the real audit service: its route, its roles, its answers."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.escalation.adapters.audit_service import AuditService
from services.escalation.app.referring import AuditAway
from shared.privacy.keystore import ERASED
from shared.web.principal import WHOLE, Role
from tests.integration.audit.support import Service, service
from tests.support.stack import Stack

pytestmark = pytest.mark.stack


def asking(audit: Service, role: Role = Role.SERVICE, authority: str = WHOLE) -> AuditService:
    transport = audit.http._transport
    assert isinstance(transport, httpx.ASGITransport)
    return AuditService("http://audit", lambda: audit.issuer.issue(role, authority), transport=transport)


async def test_audit_gives_one_reference_a_child_and_says_when_it_is_erased(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as audit:
        first = await asking(audit).reference_of("northmoor", "RS-NEW-1")
        assert isinstance(first, UUID)
        assert await asking(audit).reference_of("northmoor", " rs-new-1 ") == first
        found = await audit.post("/children/reference", {"case_number": "RS-NEW-1"}, Role.QA_OFFICER)
        assert found.json()["case_reference"] == str(first)
        with pytest.raises(AuditAway, match="token-refused"):
            await asking(audit, Role.AUDITOR, "northmoor").reference_of("northmoor", "RS-NEW-1")
        erased = await audit.post(f"/children/{first}/erasure", {}, Role.QA_MANAGER)
        assert erased.json()["erased_now"] is True
        assert await asking(audit).reference_of("northmoor", "RS-NEW-1") is ERASED

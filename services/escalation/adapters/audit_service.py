"""The audit service as this one asks it: for the reference of a case number, and for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx

from services.escalation.app.referring import AuditAway, NumberRefused
from services.escalation.settings import EscalationSettings
from shared.privacy.keystore import ERASED, Erased
from shared.web.principal import WHOLE, Role
from shared.web.settings import WebSettings, local_issuer

_TIMEOUT_SECONDS: Final = 10.0
_CHILD_ERASED: Final = "urn:sightline:problem:child-erased"


class AuditService:
    """Asks audit over HTTP. The case number goes in the body alone, and no answer's text goes any further."""

    def __init__(
        self, address: str, token: Callable[[], str], *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._address = address.rstrip("/")
        self._token = token
        self._transport = transport

    async def reference_of(self, authority: str, case_number: str) -> UUID | Erased:
        """Return the child's reference, as `app.referring.Audit` says."""
        token = await asyncio.to_thread(self._token)
        if not token:
            raise AuditAway("no-token")
        try:
            async with httpx.AsyncClient(
                transport=self._transport, timeout=_TIMEOUT_SECONDS, trust_env=False
            ) as client:
                answer = await client.post(
                    f"{self._address}/v1/children",
                    params={"authority": authority},
                    json={"case_number": case_number},
                    headers={"Authorization": f"Bearer {token}"},
                )
        except (httpx.HTTPError, httpx.InvalidURL):
            raise AuditAway("audit-away") from None  # its words might hold what was sent
        return _read(answer)


def _read(answer: httpx.Response) -> UUID | Erased:
    match answer.status_code:
        case httpx.codes.OK:
            try:
                return UUID(answer.json()["case_reference"])
            except (ValueError, KeyError, TypeError, AttributeError):
                raise AuditAway("audit-answered-oddly") from None
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            raise AuditAway("token-refused")
        case httpx.codes.CONFLICT if _kind(answer) == _CHILD_ERASED:
            return ERASED
        case httpx.codes.UNPROCESSABLE_ENTITY:
            raise NumberRefused
        case other:
            raise AuditAway(f"audit-answered-{other}")


def _kind(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("type"))
    except (ValueError, AttributeError):
        return ""


def audit_service(settings: EscalationSettings, web: WebSettings) -> AuditService:
    """Return the audit service that the settings name; the token is read anew for each question."""
    address = settings.audit_url or f"http://{web.host}:{settings.audit_port}"
    return AuditService(address, lambda: token_of(settings.escalation_audit_token_file, web))


def token_of(file: Path | None, web: WebSettings) -> str:
    """Return the token audit is asked with: the file's, or one of the local issuer; none where neither is to be had."""
    if file is not None:
        try:
            return file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
    return local_issuer(web.home).issue(Role.SERVICE, WHOLE, hours=1) if web.local else ""

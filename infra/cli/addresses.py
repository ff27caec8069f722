"""Where commands find the services, and whether a person named them by hand."""

import os
from typing import Final

from infra.errors import SightlineError
from infra.stack.ports import LOOPBACK

DEFAULT_PORTS: Final = {"audit": "8101", "escalation": "8102", "reporting": "8103"}


def address_of(service: str) -> str:
    """Give a service's address: SIGHTLINE_<SERVICE>_URL, or SIGHTLINE_HOST with SIGHTLINE_<SERVICE>_PORT."""
    named = os.environ.get(f"SIGHTLINE_{service.upper()}_URL")
    if named:
        return named.rstrip("/")
    host = os.environ.get("SIGHTLINE_HOST", LOOPBACK)
    port = os.environ.get(f"SIGHTLINE_{service.upper()}_PORT", DEFAULT_PORTS[service])
    return f"http://{host}:{port}"


def shown_address_of(service: str) -> str:
    """Give the address people's browsers reach a service by: SIGHTLINE_<SERVICE>_PUBLIC_URL, or the one used here."""
    return os.environ.get(f"SIGHTLINE_{service.upper()}_PUBLIC_URL", "").rstrip("/") or address_of(service)


def named_elsewhere() -> bool:
    """Tell whether SIGHTLINE_<SERVICE>_URL names every service: an installation that is not the home folder's."""
    return all(os.environ.get(f"SIGHTLINE_{service.upper()}_URL") for service in DEFAULT_PORTS)


def refuse_elsewhere() -> None:
    """Raise `SightlineError` where the services run elsewhere: this folder neither starts nor stops them."""
    if named_elsewhere():
        raise SightlineError(
            "The services run elsewhere (SIGHTLINE_AUDIT_URL and the like name them): start and stop them there, or "
            "leave those settings out."
        )

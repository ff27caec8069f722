"""What the audit service refuses, with the way out as commands have it: it speaks of addresses, people here type."""

import os
import re
from typing import Final

from infra.cli.authorities import authorities
from infra.errors import SightlineError

_AT_THE_KEYBOARD: Final = {
    "tool-not-found": (
        "There is no such published tool or version: `sightline tool list --authority {authority}` lists the tools "
        "there are, and how many versions each has."
    ),
    "tool-not-drafted": (
        "The tool has no draft: save one first (`sightline tool draft FILE --authority {authority}`, or "
        "`sightline tool import WORKBOOK`); `sightline tool list --authority {authority}` says which tools have one."
    ),
}
_ADDRESS: Final = re.compile(r"`?GET /v1/tools(?:/\{tool\}(?:/versions)?)?`?")


def at_the_keyboard(kind: str, detail: str, authority: str) -> str:
    """Return why something was refused, with the way out that commands have."""
    if kind == "authority-unknown":
        return f"The audit service has no settings for an authority called {authority!r}{_known()}."
    said = _AT_THE_KEYBOARD.get(kind)
    return in_commands(detail, authority) if said is None else said.format(authority=authority)


def in_commands(text: str, authority: str) -> str:
    """Return a text that names the list of tools by its command in place of its address."""
    return _ADDRESS.sub(f"`sightline tool list --authority {authority}`", text)


def _known() -> str:
    """Name the authorities of this computer, unless the service is one elsewhere, whose settings are not here."""
    if os.environ.get("SIGHTLINE_AUDIT_URL"):
        return ": check its key"
    try:
        return f": known are {', '.join(authorities().keys)}"
    except SightlineError:
        return ": check its key"

"""Which authorities this installation serves, as commands see it."""

import os
from pathlib import Path
from typing import Final

from infra.errors import SightlineError
from infra.stack.home import Home, default_home
from shared.authority.settings import Authorities, SettingsInvalid, load_authorities

_SAMPLE: Final = Path(__file__).parents[1] / "sample" / "authorities"


def authorities() -> Authorities:
    """Give the authorities of SIGHTLINE_AUTHORITIES, else of the home folder, else of the sample.

    Raises `SightlineError` where a settings document cannot be used.
    """
    own = Home(default_home()).authorities
    named = os.environ.get("SIGHTLINE_AUTHORITIES")
    folder = Path(named) if named else own if any(own.glob("*.yaml")) else _SAMPLE
    try:
        return load_authorities(folder)
    except SettingsInvalid as unusable:
        raise SightlineError(str(unusable)) from unusable


def refuse_unknown(authority: str) -> None:
    """Raise `SightlineError` with the known ones where no settings document names the authority."""
    known = authorities()
    if authority not in known:
        raise SightlineError(f"No authority here is called {authority!r}: known are {', '.join(known.keys)}.")

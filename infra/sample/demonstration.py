"""The demonstration: both made-up authorities' years, loaded once into a home folder, and what to look at then."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from infra.errors import SightlineError
from infra.sample.client import Addresses, Client
from infra.sample.generator import plan_year
from infra.sample.loading import Loader
from infra.sample.outcomes import Tool
from infra.sample.plan import PlannedYear
from infra.stack.secrets import write_private
from shared.authority.settings import Authorities, load_authorities
from shared.web.settings import local_issuer

HERE: Final = Path(__file__).resolve().parent
LARGE: Final = "northmoor"
SMALL: Final = "saltmere"
_SMALL_SHARE: Final = 0.06
_FEWEST: Final = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which year: the seed, the day it ends on, and how many audits the large authority allocates."""

    seed: int
    as_of: date
    audits: int


def sample_tools() -> list[Tool]:
    """Give the versions of the standard tool, oldest first."""
    files = sorted(HERE.glob("tools/standard-case-file-audit.*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def sample_authorities() -> Authorities:
    """Give the settings of the made-up authorities."""
    return load_authorities(HERE / "authorities")


def plans(wanted: Wanted) -> list[PlannedYear]:
    """Plan both authorities' years."""
    authorities, tools = sample_authorities(), sample_tools()
    sizes = {LARGE: wanted.audits, SMALL: max(_FEWEST, round(wanted.audits * _SMALL_SHARE))}
    return [
        plan_year(authorities.get(key), tools, seed=wanted.seed, as_of=wanted.as_of, audits=size)
        for key, size in sizes.items()
    ]


class Remembered:
    """The note in the home folder that says which year it holds, so that it is loaded once."""

    def __init__(self, home: Path) -> None:
        self._file = home / "demo.json"

    def read(self) -> Wanted | None:
        """Give the year that was loaded or begun here, or None."""
        try:
            noted: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
            return Wanted(noted["seed"], date.fromisoformat(noted["as_of"]), noted["audits"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise SightlineError(
                f"{self._file} cannot be read: remove it with the home folder, or choose another with --home."
            ) from error

    def is_complete(self) -> bool:
        """Tell whether the load reached its end."""
        try:
            return bool(json.loads(self._file.read_text(encoding="utf-8"))["complete"])
        except (OSError, ValueError, KeyError):
            return False

    def write(self, wanted: Wanted, *, complete: bool) -> None:
        """Note the year; before the load begins, and again when it is complete."""
        noted = {**asdict(wanted), "as_of": wanted.as_of.isoformat(), "complete": complete}
        write_private(self._file, json.dumps(noted).encode())


def load(home: Path, addresses: Addresses, wanted: Wanted, progress: Callable[[str, str, int, int], None]) -> None:
    """Load both years, and publish the reports of the windows that have ended.

    `progress` hears the authority's name, the step, and how much of how much is done.
    Safe to repeat after an interruption: every command carries its own idempotency key.
    """
    asyncio.run(_load(home, addresses, wanted, progress))


async def _load(
    home: Path, addresses: Addresses, wanted: Wanted, progress: Callable[[str, str, int, int], None]
) -> None:
    authorities, tools, issuer = sample_authorities(), sample_tools(), local_issuer(home)
    for year in plans(wanted):
        settings = authorities.get(year.authority)
        client = Client(addresses, issuer, year.authority)

        def heard(step: str, done: int, total: int, name: str = settings.name) -> None:
            progress(name, step, done, total)

        try:
            loader = Loader(client, settings, year, heard)
            await loader.load(tools)
            await loader.publish()
        finally:
            await client.close()

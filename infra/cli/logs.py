"""`sightline logs`: show the end of a part's log, and go on showing it."""

import time
from pathlib import Path
from typing import Annotated

import typer

from infra.cli.show import console
from infra.errors import SightlineError
from infra.stack.home import Home, default_home

_LOOK_EVERY = 0.2


def logs(
    part: Annotated[str, typer.Argument(help="audit, escalation, reporting, kafka, postgres or supervisor.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of each log to begin with.")] = 20,
) -> None:
    """Show what the parts wrote into their logs; without a part, all of them."""
    home = Home(default_home())
    found = {path.stem: path for path in sorted(home.logs.glob("*.log"))} if home.logs.is_dir() else {}
    if part and part not in found:
        known = f"there are {', '.join(found)}" if found else "nothing was started here yet"
        raise SightlineError(f"There is no log of {part} in {home.logs}: {known}.")
    shown = {part: found[part]} if part else found
    if not shown:
        raise SightlineError(f"There are no logs in {home.logs}: nothing was started here yet, see `sightline up`.")
    tails = [Tail(path, f"{name}: " if len(shown) > 1 else "") for name, path in shown.items()]
    for tail in tails:
        tail.print_last(lines)
    while follow:
        for tail in tails:
            tail.print_new()
        time.sleep(_LOOK_EVERY)


class Tail:
    """One log file read forward from where it was left, also when it is set aside and begun anew."""

    def __init__(self, path: Path, prefix: str) -> None:
        self._path = path
        self._prefix = prefix
        self._place = 0
        self._file = path.stat().st_ino

    def print_last(self, lines: int) -> None:
        """Print the last lines and stand at the end."""
        data = self._path.read_bytes()
        self._place = len(data)
        if lines:
            self._print(b"\n".join(data.splitlines()[-lines:]))

    def print_new(self) -> None:
        """Print whole lines written since."""
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return
        if now.st_ino != self._file or now.st_size < self._place:
            self._file, self._place = now.st_ino, 0
        with self._path.open("rb") as file:
            file.seek(self._place)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._place += len(whole)
        self._print(whole)

    def _print(self, data: bytes) -> None:
        for line in data.decode(errors="replace").splitlines():
            console.file.write(f"{self._prefix}{line}\n")
        console.file.flush()

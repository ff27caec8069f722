"""`sightline up`: start the embedded stack and stay with it, or leave it running in the background."""

import asyncio
import re
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.live import Live

from infra.cli.addresses import refuse_elsewhere
from infra.cli.show import console, parts_table
from infra.errors import SightlineError
from infra.stack.control import running, start_in_background
from infra.stack.home import Home, default_home
from infra.stack.part import SERVERS, SERVICES
from infra.stack.state import State


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Start, wait until all is ready, and return.")] = False,
    only: Annotated[str, typer.Option(help="Start these parts only, such as kafka,postgres.")] = "",
) -> None:
    """Start Kafka, PostgreSQL and the services; a second call says what runs and where."""
    refuse_elsewhere()
    home = Home(default_home())
    names = [name.strip() for name in only.split(",") if name.strip()]
    unknown = sorted(set(names) - {*SERVERS, *SERVICES})
    if unknown:
        raise SightlineError(
            f"There is no part named {', '.join(unknown)}: the parts are {', '.join(SERVERS + SERVICES)}."
        )
    home.make()
    lock = home.lock()
    if lock is None:
        _tell_running(home)
        return
    console.print(f"Sightline in {home.root}")
    if detach:
        lock.release()
        with Showing() as showing:
            state = start_in_background(home, names, observe=showing.show)
        console.print(f"{state.in_words()} `sightline down` stops it, `sightline status` shows it.", soft_wrap=True)
        return
    from infra.stack.supervisor import Supervisor, chosen_parts  # noqa: PLC0415 - slow, and not needed above

    with Showing() as showing:
        supervisor = Supervisor(home, chosen_parts(names), showing.show)
        showing.when_ready = "Ctrl-C stops it; `sightline status` elsewhere shows more."
        asyncio.run(supervisor.run())
    lock.release()
    console.print("Stopped. The data stays where it is.")


def _tell_running(home: Home) -> None:
    state = running(home)
    console.print(f"Sightline is {state.phase if state else 'starting'} already, in {home.root}:")
    if state is not None:
        console.print(parts_table(state))


class Showing:
    """Live lines on a terminal; on a pipe or in a log, a line a change (of what stops only, where `stopping`)."""

    def __init__(self, told: Console = console, *, stopping: bool = False) -> None:
        self.when_ready = ""
        self._told_on = told
        self._live = Live(console=told, refresh_per_second=8) if told.is_terminal else None
        self._seen: dict[str, str] = {}
        self._told = False
        self._passed_over = {"waiting", "ready"} if stopping else {"waiting"}

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, state: State) -> None:
        """Show a state of the stack."""
        if self._live:
            self._live.update(parts_table(state))
        else:
            for name, part in state.parts.items():
                words = f"{name}: {part.phase}" + (f" at {part.address}" if part.phase == "ready" else "")
                if part.phase in {"preparing", "working", "not ready", "restarting"} and part.detail:
                    words += f", {part.detail}"
                kind = re.sub(r"\d+", "#", words)  # a count that goes up is no new line
                if self._seen.get(name) != kind and part.phase not in self._passed_over:
                    self._seen[name] = kind
                    self._told_on.print(words)
        if state.phase == "ready" and self.when_ready and not self._told:
            self._told = True
            self._told_on.print(f"{state.in_words()} {self.when_ready}")

"""`sightline`: finds the command, gives it the settings of the embedded stack, and turns faults into sentences.

Exit codes: 0 done, 1 the command itself says no, 2 a known fault or wrong use (one sentence on standard error),
70 a fault of ours (the sentence says where it was written down), 130 interrupted.
"""

import difflib
import importlib
import logging
import os
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from infra.errors import SightlineError
from infra.stack.control import environment
from infra.stack.home import HOME_VARIABLE, Home, default_home

FAULT: Final = 70
INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its name, and where its function or its group (`typer.Typer`) is."""

    name: str
    module: str
    attribute: str
    reaches_installation: bool = True
    """Whether it is given the settings of what the home folder runs; `up` must not take them for a person's wish."""


COMMANDS: Final = (
    Entry("demo", "infra.cli.demo", "demo", reaches_installation=False),
    Entry("up", "infra.cli.up", "up", reaches_installation=False),
    Entry("down", "infra.cli.down", "down", reaches_installation=False),
    Entry("status", "infra.cli.status", "status"),
    Entry("logs", "infra.cli.logs", "logs"),
    Entry("provision", "infra.cli.provision", "provision"),
    Entry("token", "infra.cli.token", "token"),
    Entry("parked", "infra.cli.parked", "app"),
    Entry("notices", "infra.cli.notices", "app"),
    Entry("trace", "infra.cli.trace", "trace"),
    Entry("republish", "infra.cli.republish", "republish"),
    Entry("calendar", "infra.cli.calendar", "app"),
    Entry("child", "infra.cli.child", "app"),
    Entry("audit", "infra.cli.audit", "app"),
    Entry("rebuild", "infra.cli.rebuild", "rebuild"),
    Entry("report", "infra.cli.report", "report"),
    Entry("verify", "infra.cli.verify", "verify_report"),
    Entry("import", "infra.cli.importing", "import_file"),
    Entry("tool", "infra.cli.tool", "app"),
)
"""Every command, in the order of the help page. A new one is a line here and a module of its own."""

_OF_THE_HOME: Final = ("SIGHTLINE_KAFKA_BOOTSTRAP", "SIGHTLINE_AUDIT_DATABASE")


def application(arguments: list[str]) -> typer.Typer:
    """Build the command line; when the arguments name a command, only that one's module is imported.

    Raises `SightlineError` with what might have been meant where they name no command of ours.
    """
    named = _named(arguments)
    app = typer.Typer(
        name="sightline",
        help="Sightline: quality assurance of children's social care practice.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_home_option)
    for entry in (named,) if named else COMMANDS:
        found = getattr(importlib.import_module(entry.module), entry.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=entry.name)
        else:
            app.command(entry.name)(found)
    return app


def _named(arguments: list[str]) -> Entry | None:
    """Find the command that the arguments name: the first of them that is no option of the whole."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--home":
            next(rest, None)
        elif not argument.startswith("-"):
            known = {entry.name: entry for entry in COMMANDS}
            if argument not in known:
                near = difflib.get_close_matches(argument, known, n=1)
                meant = f" Did you mean {near[0]}?" if near else ""
                raise SightlineError(f"There is no command {argument!r}.{meant} The commands: {', '.join(known)}.")
            return known[argument]
    return None


def _home_option(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help=f"The installation's folder (else {HOME_VARIABLE}, else .sightline).")
    ] = None,
) -> None:
    """Run before every command: settle the home folder, and let the command reach what runs there."""
    if home is not None:
        os.environ[HOME_VARIABLE] = str(home.absolute())
    os.environ.setdefault(HOME_VARIABLE, str(default_home()))
    entry = next((one for one in COMMANDS if one.name == context.invoked_subcommand), None)
    if entry is None or not entry.reaches_installation or any(os.environ.get(name) for name in _OF_THE_HOME):
        return  # settings made by hand name an installation elsewhere, and must not be mixed with ours
    for name, value in environment(Home(default_home())).items():
        os.environ.setdefault(name, value)


def run() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(outcome(sys.argv[1:]))


def outcome(arguments: list[str]) -> int:  # noqa: PLR0911 - one way out a kind of fault
    """Run the command line; gives the exit code, having said on standard error what went wrong."""
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # our sentences say it, not its warnings
    try:
        application(arguments)(arguments, prog_name="sightline")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 1
    except SightlineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has enough
        return 0
    except Exception as error:  # noqa: BLE001 - the last net: a person sees a sentence, the log has the place
        if os.environ.get("SIGHTLINE_DEBUG"):
            traceback.print_exc()
        refused = _settings_refused(error)
        if refused:
            sys.stderr.write(f"{refused}\n")
            return 2
        sys.stderr.write(f"Something went wrong inside Sightline ({type(error).__name__}){_written_down(error)}\n")
        return FAULT
    return 0


def _settings_refused(error: Exception) -> str | None:
    """Say which settings do not hold, where that is the fault; never their values, which may be passwords."""
    pydantic = sys.modules.get("pydantic")  # whoever raised its error has imported it
    if pydantic is None or not isinstance(error, pydantic.ValidationError):
        return None
    problems = "; ".join(f"{'.'.join(map(str, one['loc']))} {one['msg']}".strip() for one in error.errors())
    return f"The settings for this do not hold: {problems}."


def _written_down(error: Exception) -> str:
    """Write where it happened (not the message, which may hold personal data) and say in which file."""
    log = Home(default_home()).log("command")
    with suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {type(error).__qualname__}\n")
            file.writelines(traceback.format_tb(error.__traceback__))
        return f": the place is written in {log}; send it to whoever looks after Sightline."
    return ": run it again with SIGHTLINE_DEBUG=1 to see where."

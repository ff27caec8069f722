"""`sightline demo`: everything started, two made-up authorities' year loaded, and the reports to look at."""

import asyncio
import os
import signal
import threading
from datetime import date, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from infra.cli.addresses import address_of, named_elsewhere, shown_address_of
from infra.cli.authorities import authorities
from infra.cli.show import console, errors, print_json
from infra.cli.up import Showing
from infra.errors import SightlineError
from infra.sample.client import Addresses
from infra.sample.demonstration import LARGE, SMALL, Remembered, Wanted, load
from infra.stack.control import environment, running, start_in_background, stop
from infra.stack.home import Home, default_home
from infra.stack.part import SERVICES
from infra.stack.services import PARTS
from shared.web.principal import Role
from shared.web.settings import local_issuer, local_sign_in

DEFAULT_SEED: Final = 20_24
DEFAULT_AUDITS: Final = 2_000
_LONDON: Final = ZoneInfo("Europe/London")
_LINKS: Final = (
    ("Triannual report", LARGE, Role.QA_MANAGER, "/reports/triannual?authority={authority}"),
    ("Quality Assurance Board", LARGE, Role.QA_MANAGER, "/boards/quality?authority={authority}"),
    ("Triannual report, as a director", LARGE, Role.DIRECTOR, "/reports/triannual?authority={authority}"),
    ("Triannual report of the small authority", SMALL, Role.QA_MANAGER, "/reports/triannual?authority={authority}"),
)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Load, print addresses and key figures, stop, end.")] = False,
    audits: Annotated[int, typer.Option(help="Audits a year of the large authority.", min=60, max=100_000)] = (
        DEFAULT_AUDITS
    ),
    seed: Annotated[int, typer.Option(help="Another seed makes another year.")] = DEFAULT_SEED,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The year's last day; today.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print JSON.")] = False,
) -> None:
    """Start everything, load a made-up authority's year through the services, and show where its reports are.

    Where SIGHTLINE_AUDIT_URL and the like name services that run already, it loads into those and stops nothing.
    """
    told = errors if as_json else console  # with --json, standard output is JSON and nothing else
    home = Home(default_home())
    asked = Wanted(seed, _day(as_of), audits)
    noted = Remembered(home.root).read()
    had_data = noted is None and home.postgres.exists()
    if had_data and named_elsewhere():
        raise _not_the_demonstrations(home)  # whose data it is cannot be asked there
    was_running = named_elsewhere() or running(home) is not None
    if not was_running:
        told.print(f"Starting Sightline in {home.root} (the first time fetches Kafka, which can take a minute).")
        with Showing(told) as showing:
            start_in_background(home, tuple(PARTS), observe=showing.show, bound_to_caller=True)
    try:
        if not named_elsewhere():
            os.environ.update(environment(home))
        if had_data and asyncio.run(_holds_events(os.environ["SIGHTLINE_AUDIT_DATABASE"])):
            raise _not_the_demonstrations(home)
        wanted = noted or asked
        _load(home, wanted, told)
        if as_json:
            print_json({"reports": _links(home), "figures": _figures(home)})
        else:
            _show(home, wanted)
        if not once and not was_running:
            told.print("Ctrl-C stops everything; the data stays.")
            _wait_for_the_end()
    finally:
        if not was_running:
            told.print("Stopping.")
            stop(home)


def _day(given: datetime | None) -> date:
    today = datetime.now(_LONDON).date()
    if given is None:
        return today
    if given.date() > today:
        raise SightlineError("The year cannot end in the future: give --as-of a day up to today.")
    return given.date()


def _not_the_demonstrations(home: Home) -> SightlineError:
    return SightlineError(
        f"{home.root} holds data that is not the demonstration's: choose another folder with --home, "
        "or remove that one with `make clean DATA=yes`."
    )


async def _holds_events(dsn: str) -> bool:
    """Tell whether anything was ever told to the audit service: a folder that was only started holds nothing."""
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM eventstore.events)"))
        finally:
            await connection.close()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
        raise SightlineError("The database of audit does not answer: `sightline status` shows what runs.") from away


def _load(home: Home, wanted: Wanted, told: Console) -> None:
    remembered = Remembered(home.root)
    if remembered.is_complete():
        told.print(f"The made-up year up to {_words(wanted.as_of)} is loaded already.")
        return
    remembered.write(wanted, complete=False)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=told,
        disable=not told.is_terminal,
    ) as bar:  # fmt: skip
        bars: dict[tuple[str, str], TaskID] = {}

        def heard(authority: str, step: str, done: int, total: int) -> None:
            key = (authority, step)
            if key not in bars:
                bars[key] = bar.add_task(f"{authority}: {step}", total=total)
                if not told.is_terminal:
                    told.print(f"{authority}: {step} ({total:,})")
            bar.update(bars[key], completed=done, total=total)

        load(home.root, _addresses(), wanted, heard)
    remembered.write(wanted, complete=True)


def _addresses() -> Addresses:
    return Addresses(*(address_of(name) for name in SERVICES))


def _links(home: Home) -> dict[str, str]:
    sign_in, reporting = local_sign_in(home.root), shown_address_of("reporting")
    links = {
        name: sign_in.link(reporting, role, authority, page.format(authority=authority))
        for name, authority, role, page in _LINKS
    }
    audit = shown_address_of("audit")
    links["Audits, as the QA manager"] = sign_in.link(audit, Role.QA_MANAGER, LARGE, "/?status=completed")
    escalation = shown_address_of("escalation")
    links["Audit escalations, as the QA manager"] = sign_in.link(escalation, Role.QA_MANAGER, LARGE, "/")
    manager = next((one for one in authorities().get(LARGE).people if one.role is Role.SERVICE_MANAGER), None)
    if manager is not None:
        links["Audit escalations, as a district's service manager"] = sign_in.link(
            escalation, Role.SERVICE_MANAGER, LARGE, "/", scope=manager.units, person=manager.person
        )
    return links


def _figures(home: Home) -> dict[str, Any]:
    token = local_issuer(home.root).issue(Role.QA_MANAGER, LARGE, hours=0.1)
    answer = httpx.get(
        f"{_addresses().reporting}/reports/triannual.json",
        params={"authority": LARGE},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
        follow_redirects=True,
    )
    if answer.is_error:
        raise SightlineError(f"The report does not answer ({answer.status_code}): `sightline status` shows why.")
    figures: dict[str, Any] = answer.json()
    return figures


def _show(home: Home, wanted: Wanted) -> None:
    figures = _figures(home)
    console.print()
    console.print(f"[bold]A year of two made-up authorities, up to {_words(wanted.as_of)}[/]")
    report = figures["report"]
    console.print(f"{report['authority_name']}, {report['window']['label']}:")
    for finding in report["findings"]:
        console.print(f"  - {finding['text']}", highlight=False)
    for name, link in _links(home).items():
        console.print()
        console.print(f"[bold]{name}[/]")
        typer.echo(link)  # whole, so that it can be clicked or copied


def _wait_for_the_end() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(1.0):
        pass


def _words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

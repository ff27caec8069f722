"""`sightline calendar due`: reckon a deadline and show which days counted."""

from datetime import datetime
from typing import Annotated

import typer

from infra.cli.authorities import authorities
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from shared.authority.settings import UnknownAuthority
from shared.calendar.working_days import LONDON, BeyondCalendar, Deadline, WorkingCalendar

app = typer.Typer(help="Working days of England and Wales.", no_args_is_help=True)


@app.callback()
def calendar() -> None:
    """Reckon with the working days of England and Wales and an authority's closure days."""


@app.command()
def due(
    raised: Annotated[str, typer.Argument(help='Moment of the raise, such as "2026-12-23T16:40"; London if no zone.')],
    days: Annotated[int, typer.Argument(help="Working days: 1 for safeguarding, 5 for practice.", min=1)],
    authority: Annotated[str, typer.Option(help="Key of the authority whose closure days count.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say when something raised at a moment is due after so many working days."""
    try:
        moment = datetime.fromisoformat(raised)
    except ValueError as error:
        raise SightlineError("The moment is not a date and time such as 2026-12-23T16:40.") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LONDON)
    try:
        deadline = _calendar_of(authority).due(moment, days)
    except (BeyondCalendar, UnknownAuthority) as error:
        raise SightlineError(str(error)) from error
    if as_json:
        print_json(_as_json(deadline))
        return
    _show(deadline)
    if not authority:
        console.print("Weekends and bank holidays only: an authority's own closures count with --authority KEY.")


def _calendar_of(authority: str) -> WorkingCalendar:
    if not authority:
        return WorkingCalendar()
    return authorities().get(authority).calendar()


def _as_json(deadline: Deadline) -> dict[str, object]:
    return {
        "due": deadline.due_at.isoformat(),
        "due_on": deadline.due_on.isoformat(),
        "counted": [day.isoformat() for day in deadline.counted],
        "left_out": [{"date": day.isoformat(), "why": why} for day, why in deadline.left_out],
        "calendar_version": deadline.calendar_version,
    }


def _show(deadline: Deadline) -> None:
    console.print(f"Due by the end of {deadline.due_on:%A %-d %B %Y} (London time).")
    for number, day in enumerate(deadline.counted, 1):
        console.print(f"  day {number}: {day:%A %-d %B %Y}")
    for day, why in deadline.left_out:
        console.print(f"  left out: {day:%A %-d %B %Y}, {why}")
    console.print(f"Calendar: {deadline.calendar_version}")

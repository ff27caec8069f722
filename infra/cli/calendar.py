"""`sightline calendar due`: reckon a deadline and show which days counted."""

from datetime import datetime
from typing import Annotated

import typer

from infra.cli.authorities import authorities
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from shared.authority.settings import UnknownAuthority
from shared.calendar.working_days import (
    END_OF_DAY,
    LONDON,
    BeyondCalendar,
    Deadline,
    WorkingCalendar,
    london_date,
)

app = typer.Typer(help="Working days of England and Wales.", no_args_is_help=True)


@app.callback()
def calendar() -> None:
    """Reckon with the working days of England and Wales and an authority's closure days."""


@app.command()
def due(
    raised: Annotated[str, typer.Argument(help='Moment of the raise, such as "2026-12-23T16:40"; London if no zone.')],
    days: Annotated[int, typer.Argument(help="Working days: 1 for safeguarding, 5 for practice.", min=1)],
    authority: Annotated[str, typer.Option(help="Key of the authority whose calendar and settings count.")] = "",
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
        deadline = _reckoned(authority, moment, days)
    except (BeyondCalendar, UnknownAuthority) as error:
        raise SightlineError(str(error)) from error
    if as_json:
        print_json(_as_json(deadline))
        return
    _show(deadline)
    if not authority:
        console.print("Weekends and bank holidays only: an authority's own closures count with --authority KEY.")


def _reckoned(authority: str, moment: datetime, days: int) -> Deadline:
    """Reckon as the authority does, by its settings on that day; without one, as Appendix E has it."""
    if not authority:
        return WorkingCalendar().due(moment, days)
    settings = authorities().valid_or_newest(authority, london_date(moment))
    return settings.calendar().due(moment, days, settings.escalation.reckoning)


def _as_json(deadline: Deadline) -> dict[str, object]:
    return {
        "due": deadline.due_at.isoformat(),
        "due_on": deadline.due_on.isoformat(),
        "counted": [day.isoformat() for day in deadline.counted],
        "left_out": [{"date": day.isoformat(), "why": why} for day, why in deadline.left_out],
        "calendar_version": deadline.calendar_version,
    }


def _show(deadline: Deadline) -> None:
    last = deadline.due_at.timetz().replace(tzinfo=None) == END_OF_DAY
    when = "by the end of" if last else f"at {deadline.due_at:%H:%M} on"
    console.print(f"Due {when} {deadline.due_on:%A %-d %B %Y} (London time).")
    for number, day in enumerate(deadline.counted, 1):
        console.print(f"  day {number}: {day:%A %-d %B %Y}")
    for day, why in deadline.left_out:
        console.print(f"  left out: {day:%A %-d %B %Y}, {why}")
    console.print(f"Calendar: {deadline.calendar_version}")

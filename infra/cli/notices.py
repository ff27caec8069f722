"""`sightline notices`: messages that tell people of audit escalations: which wait, which failed and why, try again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich.table import Table

from infra.cli.databases import with_database
from infra.cli.show import console, moment_in_words, print_json
from infra.errors import SightlineError
from services.escalation.adapters.notifying import storage
from services.escalation.adapters.notifying.storage import NoticeRow

_SERVICE: Final = "escalation"
_WIDE: Final = 140
"""From so many columns on a table has room for every column, the reason among them."""

app = typer.Typer(help="Messages to people about audit escalations: list, show, retry.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Which(StrEnum):
    """Which notices to list: those in a state, those still to settle, or every one."""

    OPEN = "open"
    WAITING = "waiting"
    FAILED = "failed"
    GIVEN_UP = "given-up"
    SENT = "sent"
    OVERTAKEN = "overtaken"
    ALL = "all"

    @property
    def states(self) -> list[str]:
        """Return the states meant."""
        match self:
            case Which.OPEN:
                return ["waiting", "failed", "given-up"]
            case Which.ALL:
                return ["waiting", "failed", "given-up", "sent", "overtaken"]
            case _:
                return [self.value]


@app.callback()
def notices() -> None:
    """Look at messages to people, and have them tried again. No address is kept with them, and none is shown."""


@app.command("list")
def list_command(
    state: Annotated[Which, typer.Option(help="Only those in this state; open are those not sent yet.")] = Which.OPEN,
    escalation: Annotated[
        UUID | None, typer.Option(help="Only those of this audit escalation, by its reference.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many at most, the oldest first.", min=1, max=10_000)] = 200,
    as_json: _Json = False,
) -> None:
    """List messages, the oldest first: without an option those that wait, fail or were given up."""
    found = with_database(
        _SERVICE,
        lambda connection: storage.list_notices(connection, state.states, escalation=escalation, limit=limit),
    )
    if as_json:
        print_json([_as_json(one) for one in found])
        return
    if not found:
        console.print("No message waits." if state is Which.OPEN else "There is no such message.")
        return
    if console.width < _WIDE:
        _print_narrow(found)
    else:
        _print_table(found)
    if len(found) == limit:
        console.print(f"These are the oldest {limit}; --limit shows more.")
    if any(one.reason for one in found):
        console.print("docs/operations.md, Messages are not sent, says what each reason asks for.")


def _print_narrow(found: Sequence[NoticeRow]) -> None:
    """Print two lines a message, where a table would leave no room for the reason: a small window, a pipe."""
    now = datetime.now(UTC)
    for one in found:
        what = f"{one.id}  {one.notice.kind.value} to {one.notice.role}, {_district(one)}"
        because = f" ({one.reason})" if one.reason else ""
        became = f"  {one.state}{because}, tried {_times(one.attempts)}, since {moment_in_words(one.created_at, now)}"
        for line in (what, became):
            console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_table(found: Sequence[NoticeRow]) -> None:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("message", "says", "to", "state", "reason", "tried", "since"):
        table.add_column(
            heading, justify="right" if heading == "tried" else "left", no_wrap=heading in {"message", "reason"}
        )
    now = datetime.now(UTC)
    for one in found:
        table.add_row(
            str(one.id),
            one.notice.kind.value,
            f"{one.notice.role}, {_district(one)}",
            f"[red]{one.state}[/]" if one.state == "given-up" else one.state,
            one.reason or "",
            str(one.attempts),
            moment_in_words(one.created_at, now),
        )
    console.print(table)


@app.command()
def show(
    notice: Annotated[UUID, typer.Argument(help="As `list` shows it.")],
    as_json: _Json = False,
) -> None:
    """Show one message: what it says to whom, how often it was tried, and what became of it."""
    one = _one(notice)
    if as_json:
        print_json(_as_json(one))
        return
    now = datetime.now(UTC)
    told = one.notice
    console.print(f"{one.id}: {told.kind.value}, {one.state}", markup=False)
    console.print(f"  audit escalation {told.escalation_id}, {told.category}, {_district(one)}", markup=False)
    console.print(f"  to the {told.role}{f', person {told.person}' if told.person else ''}", markup=False)
    if told.due_at is not None:
        console.print(f"  about the due moment {moment_in_words(told.due_at, now)}", markup=False)
    console.print(f"  written {moment_in_words(one.created_at, now)}, tried {_times(one.attempts)}", markup=False)
    if one.reason:
        by = f" (by {one.channel})" if one.channel else ""
        console.print(f"  reason: {one.reason}{by}", markup=False)
    if one.settled_at is not None:
        console.print(f"  settled {moment_in_words(one.settled_at, now)}", markup=False)
    else:
        console.print(f"  next attempt {moment_in_words(one.next_at, now)}", markup=False)
        console.print(f"  given up after {moment_in_words(one.give_up_at, now)}", markup=False)


@app.command()
def retry(
    notice: Annotated[UUID | None, typer.Argument(help="As `list` shows it.")] = None,
    given_up: Annotated[bool, typer.Option("--all", help="Every one that was given up.")] = False,
    as_json: _Json = False,
) -> None:
    """Have a message tried again now, or with --all every one given up; the service sends it, while it runs."""
    if (notice is None) != given_up:
        raise SightlineError("Name one message, or give --all for every one that was given up.")
    if notice is None:
        count = with_database(_SERVICE, storage.retry_given_up)
    else:
        count = int(with_database(_SERVICE, lambda connection: storage.retry_notice(connection, notice)))
        if not count:
            one = _one(notice)
            raise SightlineError(
                f"That message is {one.state}: it is not sent again."
                if one.settled_at is not None and one.state != "given-up"
                else "That message is being sent just now: look again in a moment."
            )
    if as_json:
        print_json({"retried": count})
    else:
        console.print(f"{count:,} {'message is' if count == 1 else 'messages are'} tried again.")


def _one(notice: UUID) -> NoticeRow:
    found = with_database(_SERVICE, lambda connection: storage.show_notice(connection, notice))
    if found is None:
        raise SightlineError(f"There is no message {notice}: `sightline notices list --state all` has every one.")
    return found


def _district(one: NoticeRow) -> str:
    return "/".join(one.notice.unit.split("/")[:2])


def _times(attempts: int) -> str:
    return {0: "not yet", 1: "once"}.get(attempts, f"{attempts} times")


def _as_json(one: NoticeRow) -> dict[str, Any]:
    told = one.notice
    return {
        "id": one.id,
        "kind": told.kind.value,
        "escalation_id": told.escalation_id,
        "authority": told.authority,
        "category": told.category,
        "district": _district(one),
        "role": told.role,
        "person": told.person,
        "due_at": None if told.due_at is None else told.due_at.isoformat(),
        "state": one.state,
        "reason": one.reason,
        "channel": one.channel,
        "attempts": one.attempts,
        "created_at": one.created_at.isoformat(),
        "next_at": one.next_at.isoformat(),
        "give_up_at": one.give_up_at.isoformat(),
        "settled_at": None if one.settled_at is None else one.settled_at.isoformat(),
    }

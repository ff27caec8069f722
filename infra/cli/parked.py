"""`sightline parked`: messages that could not take effect, across all services, and what people decide about them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import asyncpg
import typer
from rich.table import Table

from infra.cli.show import console, print_json
from infra.errors import SightlineError
from shared.eventstore.database import Connection
from shared.messaging import parked
from shared.messaging.storage import ParkedMessage

SERVICES: Final = ("audit", "escalation", "reporting")
SAYS_NO: Final = 1


class _NoTables(SightlineError):
    """A database without the tables of messages read."""


app = typer.Typer(help="Messages that could not take effect: list, show, retry, discard.", no_args_is_help=True)

_T = TypeVar("_T")
_Number = Annotated[str, typer.Argument(metavar="SERVICE/NUMBER", help="As `list` shows it, such as audit/12.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Wait = Annotated[float, typer.Option(help="Seconds to wait for the service to carry it out.", min=0)]
_By = Annotated[str, typer.Option(help="Who decided: a role or a pseudonymous reference, never a name.")]


@app.callback()
def parked_messages() -> None:
    """Settle messages that were set aside. The service that parked them carries out what is asked, while it runs."""


@app.command("list")
def list_command(
    service: Annotated[str, typer.Option(help="Only this service: audit, escalation or reporting.")] = "",
    as_json: _Json = False,
) -> None:
    """List parked messages of every service, the oldest first."""
    found = _of_each(service, parked.list_parked)
    if as_json:
        print_json([_as_json(name, message) for name, messages in found.items() for message in messages])
        return
    if not any(found.values()):
        console.print("No message is parked.")
        return
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("message", "type", "state", "reason", "since", "tried", "concern"):
        table.add_column(
            heading,
            justify="right" if heading in {"since", "tried"} else "left",
            no_wrap=heading == "message",  # it is typed after `show`, `retry` or `discard`
            overflow="fold",
        )
    for name, messages in found.items():
        for message in messages:
            table.add_row(
                f"{name}/{message.id}",
                message.type or "unreadable",
                "waits behind" if message.behind else "parked",
                message.reason,
                _age(message.parked_at),
                str(message.attempts),
                "[bold]yes[/]" if message.concern else "no",
            )
    console.print(table)
    console.print("`sightline parked show SERVICE/NUMBER` says why; then `retry` or `discard`.")


@app.command()
def show(
    message: _Number,
    value: Annotated[bool, typer.Option("--value", help="Print the message's value as well.")] = False,
    as_json: _Json = False,
) -> None:
    """Show one parked message: why it is here, what it was, what waits behind it."""
    name, number = _parse(message)

    async def look(connection: Connection) -> tuple[ParkedMessage, int]:
        found = await parked.show(connection, number)
        return found, await parked.waiting_behind(connection, found)

    found, behind = _with_database(name, look)
    if as_json:
        document = {**_as_json(name, found), "headers": _headers(found), "waiting_behind": behind}
        if value:
            document["value"] = _text(found.record.value)
        print_json(document)
        return
    record = found.record
    console.print(f"{name}/{found.id}: {found.type or 'of no readable type'}, {found.reason}", markup=False)
    console.print(f"  why: {found.error}", markup=False)
    console.print(f"  parked {_age(found.parked_at)} ago, after {found.attempts} attempts; {behind} wait behind it")
    console.print(f"  from {record.topic}, partition {record.partition}, offset {record.offset}", markup=False)
    console.print(f"  stream {found.stream_id or 'unknown'}, sequence {found.sequence or 'unknown'}")
    if found.concern:
        console.print("  [bold]It is, or may be, about a concern for a child: nobody was told of it.[/]")
    for header, text in _headers(found):
        console.print(f"  {header}: {text}", markup=False)
    if value:
        console.print(_text(record.value), markup=False)


@app.command()
def retry(message: _Number, by: _By = "operator", wait: _Wait = 10.0, as_json: _Json = False) -> None:
    """Apply a parked message now, and those that waited behind it, in order."""
    name, number = _parse(message)
    _tell(name, _with_database(name, lambda connection: parked.retry(connection, number, by=by, wait=wait)), as_json)


@app.command()
def discard(
    message: _Number,
    reason: Annotated[str, typer.Option(help="Why, as a code such as duplicate-of-import; kept for ever.")],
    by: _By = "operator",
    wait: _Wait = 10.0,
    as_json: _Json = False,
) -> None:
    """Discard a parked message for good, as a recorded decision; those that waited behind it are then applied."""
    name, number = _parse(message)
    outcome = _with_database(
        name, lambda connection: parked.discard(connection, number, reason=reason, by=by, wait=wait)
    )
    _tell(name, outcome, as_json)


@app.command("accept-topic")
def accept_topic(
    topic: Annotated[str, typer.Argument(help="The topic's name in Kafka, such as audit.events.")],
    service: Annotated[str, typer.Option(help="The service that stopped reading: audit, escalation or reporting.")],
    as_json: _Json = False,
) -> None:
    """After a restore: accept a topic as it is now; the service reads it again from its beginning."""
    [name] = _services(service)
    partitions = _with_database(name, lambda connection: parked.accept_topic(connection, topic))
    if as_json:
        print_json({"service": name, "topic": topic, "partitions": partitions})
    elif partitions:
        console.print(f"{name} reads {topic} again from its beginning; what took effect before is not repeated.")
    if not partitions:
        raise SightlineError(f"{name} has never read a topic {topic}: name it as `topic_restored` in its log does.")


@app.command()
def holes(
    service: Annotated[str, typer.Option(help="Only this service: audit, escalation or reporting.")] = "",
    as_json: _Json = False,
) -> None:
    """List numbers that streams skipped: messages that never came; `sightline republish` brings them in."""
    found = _of_each(service, parked.list_holes)
    if as_json:
        print_json(
            [
                {
                    "service": name,
                    "topic": hole.topic,
                    "stream_id": hole.stream_id,
                    "expected": hole.expected,
                    "found": hole.found,
                    "noticed_at": hole.noticed_at.isoformat(),
                }
                for name, listed in found.items()
                for hole in listed
            ]
        )
        return
    if not any(found.values()):
        console.print("No message is missing.")
    for name, listed in found.items():
        for hole in listed:
            console.print(
                f"{name}: {hole.topic}, stream {hole.stream_id}: {hole.numbers} missing, {hole.found} came",
                markup=False,
            )


def _tell(service: str, outcome: parked.Outcome, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "message": f"{service}/{outcome.parked_id}",
                "action": outcome.action,
                "outcome": outcome.outcome,
                "detail": outcome.detail,
                "applied": outcome.applied,
            }
        )
    else:
        console.print(f"{service}/{outcome.parked_id}: {outcome.outcome}, {outcome.detail}.", markup=False)
    if not outcome.done:
        raise typer.Exit(SAYS_NO)


def _services(only: str) -> list[str]:
    if only and only not in SERVICES:
        raise SightlineError(f"There is no service {only}: it is one of {', '.join(SERVICES)}.")
    named = [only] if only else [name for name in SERVICES if os.environ.get(_variable(name))]
    if not named:
        raise SightlineError("No database is known: start Sightline (`sightline up`), or set SIGHTLINE_AUDIT_DATABASE.")
    return named


def _of_each(only: str, work: Callable[[Connection], Awaitable[list[_T]]]) -> dict[str, list[_T]]:
    """Ask each service known, or the one named; a service that reads no topic has parked nothing."""
    found: dict[str, list[_T]] = {}
    for name in _services(only):
        try:
            found[name] = _with_database(name, work)
        except _NoTables:
            if only:
                raise
            found[name] = []
    return found


def _parse(message: str) -> tuple[str, int]:
    service, _, number = message.partition("/")
    if service not in SERVICES or not number.isdecimal():
        raise SightlineError(f"{message} names no message: give it as `sightline parked list` does, such as audit/12.")
    return service, int(number)


def _variable(service: str) -> str:
    return f"SIGHTLINE_{service.upper()}_DATABASE"


def _with_database(service: str, work: Callable[[Connection], Awaitable[_T]]) -> _T:
    """Do something with a connection to a service's database, with its faults as sentences."""
    dsn = os.environ.get(_variable(service))
    if not dsn:
        raise SightlineError(f"The database of {service} is not known: set {_variable(service)}, or `sightline up`.")

    async def connected() -> _T:
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            return await work(connection)
        except asyncpg.UndefinedTableError as missing:
            raise await _without_tables(connection, service) from missing
        finally:
            await connection.close()

    try:
        return asyncio.run(connected())
    except (parked.NotParked, parked.ReasonUnusable) as wrong:
        sentence = str(wrong)
        raise SightlineError(f"{sentence[0].upper()}{sentence[1:]}.") from wrong
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
        raise SightlineError(
            f"The database of {service} does not answer: start it, or correct {_variable(service)}."
        ) from away


async def _without_tables(connection: Connection, service: str) -> _NoTables:
    """Say why a database has no parked messages: its service reads none, or was never started."""
    if await connection.fetchval("SELECT to_regclass('outbox.messages') IS NOT NULL"):
        return _NoTables(f"{service} reads no messages; nothing can be parked there.")
    return _NoTables(f"The database of {service} has no tables yet: start the service once, so that it is migrated.")


def _as_json(service: str, message: ParkedMessage) -> dict[str, Any]:
    return {
        "message": f"{service}/{message.id}",
        "fingerprint": message.fingerprint.hex(),
        "topic": message.record.topic,
        "partition": message.record.partition,
        "offset": message.record.offset,
        "type": message.type,
        "stream_id": None if message.stream_id is None else str(message.stream_id),
        "sequence": message.sequence,
        "state": "behind" if message.behind else "parked",
        "reason": message.reason,
        "error": message.error,
        "attempts": message.attempts,
        "concern": message.concern,
        "parked_at": message.parked_at.isoformat(),
        "age_seconds": round((datetime.now(UTC) - message.parked_at).total_seconds()),
    }


def _headers(message: ParkedMessage) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in message.record.headers]


def _text(value: bytes | None) -> str:
    return "null" if value is None else value.decode("utf-8", "backslashreplace")


def _age(since: datetime) -> str:
    minutes = int((datetime.now(UTC) - since).total_seconds() // 60)
    for size, word in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return "under a minute"

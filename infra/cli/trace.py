"""`sightline trace ID`: the story of an audit or audit escalation across services, in time order, with causes."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import typer

from infra.cli.databases import with_database
from infra.cli.show import console, print_json
from infra.cli.trace_notices import Told, read_told, with_notices
from infra.errors import SightlineError
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS
from shared.contracts.envelope import event_id
from shared.eventstore.database import Connection

_LONDON: Final = ZoneInfo("Europe/London")
_NOT_FOUND: Final = 1
_SOURCES: Final = {"audit": "/audit", "escalation": "/escalation"}
_TOPICS: Final = {"audit": AUDIT_EVENTS, "escalation": ESCALATION_EVENTS}

# Its own stream, the escalations about it, and whatever else belongs to the same chains of causes.
_STREAMS: Final = """
    select stream_id from eventstore.summaries where data @> jsonb_build_object('audit_id', $1::text)
    union select $1::text::uuid
"""
_EVENTS: Final = """
    select stream_id, version, public_sequence, recorded_at, correlation_id, causation_id, actor, type, data
    from eventstore.events where stream_id = any($1) order by stream_id, version
"""
_WAITING: Final = "select key from outbox.messages where key = any($1)"
_APPLIED: Final = """
    select topic, stream_id, sequence from messaging.stream_position where stream_id = any($1)
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One private event, and where its public ones have got to."""

    service: str
    stream_id: UUID
    version: int
    first_public: int
    last_public: int
    recorded_at: datetime
    happened_at: datetime | None
    correlation_id: UUID
    causation_id: UUID | None
    actor: str
    type: str

    def public_ids(self) -> list[UUID]:
        """Give the ids of the public events it was published as."""
        source = _SOURCES[self.service]
        return [event_id(source, self.stream_id, n) for n in range(self.first_public, self.last_public + 1)]


@dataclass(frozen=True, slots=True)
class Story:
    """The steps in the order they were recorded, how far each stream was sent and applied, and who was told."""

    steps: list[Step]
    notices: list[Told]
    waiting: frozenset[UUID]
    applied: dict[str, dict[UUID, int]]


def trace(
    audit_id: Annotated[str, typer.Argument(help="The audit's id, or an audit escalation's.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell an audit's whole story, or an audit escalation's: every event in time order, its cause, and who was told."""
    try:
        wanted = UUID(audit_id)
    except ValueError:
        raise SightlineError("That is no audit id: it looks like 0199f3c2-8a51-7c3e-9d0b-1f2e3d4c5b6a.") from None
    story = read_story(wanted)
    if not story.steps:
        console.print("Nothing is recorded under that id. `sightline status` shows which installation was asked.")
        raise typer.Exit(_NOT_FOUND)
    rows = with_notices([_row(story, step) for step in story.steps], story.notices)
    if as_json:
        print_json(rows)
        return
    typer.echo("Each step by when it was recorded; times are London's.")
    for row in rows:
        _tell(row)


def read_story(audit_id: UUID) -> Story:
    """Read the events from the stores of audit and escalation, how far readers have applied them, and who was told."""
    steps: list[Step] = []
    notices: list[Told] = []
    waiting: set[UUID] = set()
    for service in _SOURCES:

        async def read(connection: Connection, service: str = service) -> None:
            streams = [row["stream_id"] for row in await connection.fetch(_STREAMS, str(audit_id))]
            events = await connection.fetch(_EVENTS, streams)
            steps.extend(_steps(service, events))
            keys = [str(stream).encode() for stream in streams]
            waiting.update(UUID(row["key"].decode()) for row in await connection.fetch(_WAITING, keys))
            if service == "escalation":
                notices.extend(await read_told(connection, streams))

        with_database(service, read)
    streams = sorted({step.stream_id for step in steps})
    applied = {reader: _applied(reader, streams) for reader in ("escalation", "reporting")} if streams else {}
    return Story(told_in_order(steps), notices, frozenset(waiting), applied)


def told_in_order(steps: list[Step]) -> list[Step]:
    """Return steps by when they were recorded, but none before its cause or before an earlier step of its stream.

    Each service records by its own clock, so that a step can seem to be recorded at the moment of its cause, or before.
    """
    left = sorted(steps, key=lambda step: (step.recorded_at, step.version))
    told: list[Step] = []
    while left:
        to_come = {one for step in left for one in step.public_ids()}
        first = {step.stream_id: step.version for step in sorted(left, key=lambda one: one.version, reverse=True)}
        following = next(
            (step for step in left if step.causation_id not in to_come and step.version == first[step.stream_id]),
            left[0],
        )
        told.append(following)
        left.remove(following)
    return told


def _applied(reader: str, streams: list[UUID]) -> dict[UUID, int]:
    async def read(connection: Connection) -> dict[UUID, int]:
        return {row["stream_id"]: row["sequence"] for row in await connection.fetch(_APPLIED, streams)}

    return with_database(reader, read)


def _steps(service: str, events: list[Any]) -> list[Step]:
    steps = []
    for before, row in pairwise([None, *events]):
        earlier = before["public_sequence"] if before and before["stream_id"] == row["stream_id"] else 0
        happened = orjson.loads(row["data"]).get("at")
        steps.append(
            Step(
                service=service,
                stream_id=row["stream_id"],
                version=row["version"],
                first_public=earlier + 1,
                last_public=row["public_sequence"],
                recorded_at=row["recorded_at"],
                happened_at=datetime.fromisoformat(happened) if happened else None,
                correlation_id=row["correlation_id"],
                causation_id=row["causation_id"],
                actor=row["actor"],
                type=row["type"],
            )
        )
    return steps


def _row(story: Story, step: Step) -> dict[str, Any]:
    return {
        "recorded_at": step.recorded_at.isoformat(),
        "happened_at": step.happened_at.isoformat() if step.happened_at else None,
        "service": step.service,
        "stream": str(step.stream_id),
        "version": step.version,
        "event": step.type,
        "by": step.actor,
        "because": _because(story, step),
        "published_as": [str(one) for one in step.public_ids()],
        "state": _state(story, step),
        "correlation_id": str(step.correlation_id),
        "notice": None,
    }


def _because(story: Story, step: Step) -> str | None:
    """Name the cause: an event of this story, or its id where it belongs to another."""
    if step.causation_id is None:
        return None
    for other in story.steps:
        if step.causation_id in other.public_ids():
            return f"{other.service} {other.type} ({other.version})"
    return f"event {step.causation_id}"


def _state(story: Story, step: Step) -> str:
    if step.last_public < step.first_public:
        return "private"
    if step.stream_id in story.waiting:
        return "in the outbox"
    readers = [
        reader for reader, streams in story.applied.items() if streams.get(step.stream_id, 0) >= step.last_public
    ]
    return f"applied by {', '.join(readers)}" if readers else "sent"


def _tell(row: dict[str, Any]) -> None:
    """Print one step on two lines, so that nothing is cut on a narrow terminal or in a pipe."""
    typer.echo(f"{_moment(row['recorded_at'])}  {row['service']:<10}  {row['event']} ({row['version']})")
    happened = _moment(row["happened_at"])
    said = [
        f"happened {happened}" if happened and happened != _moment(row["recorded_at"]) else "",
        f"by {row['by']}" if row["by"] else "",
        f"because of {row['because']}" if row["because"] else "",
        _told(row["notice"], row["state"]) if row["notice"] else row["state"],
    ]
    typer.echo("    " + "; ".join(part for part in said if part))


def _told(notice: dict[str, Any], state: str) -> str:
    """Say in one line what is told to which role, and how that stands."""
    tried = {0: "", 1: "tried once"}.get(notice["attempts"], f"tried {notice['attempts']} times")
    said = [
        f"{notice['kind']}, to the {notice['role']}",
        f"{state} by {notice['channel']}" if notice["channel"] else state,
        tried,
        f"reason {notice['reason']}" if notice["reason"] else "",
        f"next attempt {_moment(notice['next_at'])}" if notice["next_at"] else "",
    ]
    return "; ".join(part for part in said if part)


def _moment(text: str | None) -> str:
    return datetime.fromisoformat(text).astimezone(_LONDON).strftime("%d %b %Y %H:%M:%S") if text else ""

"""Who read which free text, when: every route that returns text records it (design.md section 4).

A record has the names of boxes, never what they hold; it stays when the child is erased. Each service that holds text
keeps its readings in a table of its own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.eventstore.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of text: `what` was read of the stream (as it stands, a version, an export), which boxes of it."""

    reading: int
    stream: UUID
    case_reference: UUID | None
    reader: UUID
    reader_role: str
    what: str
    boxes: tuple[str, ...]
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """What holds the text that is shown: its stream, its authority, its child (none while not known), and what."""

    stream: UUID
    authority: str
    case_reference: UUID | None
    what: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is shown it: a pseudonymous reference, and the role it is shown to."""

    person: UUID
    role: str


class ReadingTable:
    """The readings of one service, in its table `name`, whose column `stream` has the stream's id.

    Both are words of ours. The table has the columns of `Reading`, and `authority`.
    """

    def __init__(self, name: str, stream: str) -> None:
        self._record = (
            f"insert into {name} ({stream}, authority, case_reference, reader, reader_role, what, boxes, read_at) "  # noqa: S608 - names of ours
            "values ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        self._list = (
            f"select reading, {stream} as stream, case_reference, reader, reader_role, what, boxes, read_at "  # noqa: S608 - names of ours
            f"from {name} where authority = $1 and ($2::uuid[] is null or {stream} = any($2)) "
            "and ($3::uuid is null or reader = $3) and ($4::uuid is null or case_reference = $4) "
            "and ($5::bigint is null or reading > $5) order by reading limit $6"
        )

    async def record(
        self, connection: Connection, reader: Reader, shown: Shown, *, boxes: Collection[str], at: datetime
    ) -> None:
        """Record that somebody is shown these boxes; nothing where there are none."""
        if not boxes:
            return
        await connection.execute(
            self._record,
            shown.stream,
            shown.authority,
            shown.case_reference,
            reader.person,
            reader.role,
            shown.what,
            sorted(boxes),
            at,
        )

    async def readings(
        self,
        connection: Connection,
        authority: str,
        *,
        streams: Collection[UUID] | None = None,
        reader: UUID | None = None,
        case_reference: UUID | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Reading]:
        """Return an authority's readings in the order they were recorded, narrowed by streams, reader or child."""
        rows = await connection.fetch(
            self._list, authority, None if streams is None else list(streams), reader, case_reference, after, limit
        )
        return [Reading(**{**dict(row), "boxes": tuple(row["boxes"])}) for row in rows]

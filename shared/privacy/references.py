"""Random references for cases and people; only this table leads from a case number to its reference.

A case number is found again by a keyed hash (HMAC-SHA256 under a key derived from the master key), so that the table
alone, or a backup of it, cannot be searched by trying numbers.
"""

import hmac
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from shared.eventstore.database import Connection
from shared.privacy.keystore import Erased
from shared.privacy.master import MasterKey
from shared.privacy.sealing import Plain, Sealed, Sealer
from shared.telemetry import logs, metrics

MIGRATIONS: Final = Path(__file__).parent / "schema" / "references"
"""The migrations of the tables in audit's own database."""

_FIELD = "case-number"
_UNSEEN: Final = frozenset({"Cc", "Cf"})
_FILLERS: Final = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Default ignorable characters of other classes, and the blank Braille pattern."""
_PAGE = 20_000
_log = logs.get_logger()


class NumberEmpty(ValueError):
    """A case or staff number of which nothing is left but spaces and characters nobody sees."""

    def __init__(self) -> None:
        super().__init__("This number holds no character that can be seen. Type it as it stands in the case system.")


def normal_form(number: str) -> str:
    """Give the one form of a case or staff number, however it was typed or copied.

    Spaces, case, widths and characters that are not seen (Unicode classes Cc and Cf, fillers, variation selectors)
    make no difference: two children that look the same to whoever erases one would be a half-erased child.

    Raises:
        NumberEmpty: nothing is left of it.

    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _visible(number)).casefold())
    normal = "".join(_visible(folded).split())
    if not normal:
        raise NumberEmpty
    return normal


def checked_number(number: str) -> str:
    """Give a number back as it came; raises `NumberEmpty`. For the forms in which numbers come in."""
    normal_form(number)
    return number


def _visible(text: str) -> str:
    """Leave out what is not seen; of the control characters those that part words count as a space."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if one.isspace() else one
        for one in text
        if one.isspace() or (unicodedata.category(one) not in _UNSEEN and not _FILLERS.match(one))
    )


@dataclass(frozen=True, slots=True)
class ErasedCase:
    """A case number whose child was erased: it is not taken in again, and whoever brought it is told."""


ERASED_CASE: Final = ErasedCase()


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A reference whose link was removed just now, and whose authority that was."""

    reference: UUID
    authority: str


class References:
    """Finds and makes references, in the caller's connection and transaction."""

    def __init__(self, master_key: MasterKey, sealer: Sealer, *, make_reference: Callable[[], UUID] = uuid4) -> None:
        self._pepper = master_key.derive("references")
        self._sealer = sealer
        self._make_reference = make_reference

    async def reference_for(self, connection: Connection, authority: str, case_number: str) -> UUID | ErasedCase:
        """Give a case's reference, made at first use; `ERASED_CASE` when its child was erased.

        Raises `NumberEmpty` for a case number nothing of which can be seen.
        """
        [reference] = await self.references_for(connection, authority, [case_number])
        return reference

    async def references_for(
        self, connection: Connection, authority: str, case_numbers: Sequence[str]
    ) -> list[UUID | ErasedCase]:
        """Give the references of many cases, in their order, with a few queries for all of them."""
        hashes = [self._hash("case", authority, number) for number in case_numbers]
        known = await self._known(connection, authority, hashes)
        missing = {one: number for one, number in zip(hashes, case_numbers, strict=True) if one not in known}
        if missing:
            known.update(await self._make(connection, authority, missing))
        found = [known[one] for one in hashes]
        returned = sum(isinstance(one, ErasedCase) for one in found)
        if returned:
            metrics.ERASED_CASES_RETURNED.inc(returned)
            _log.warning("erased_case_returned", authority=authority, count=returned)
        return found

    async def look_up(self, connection: Connection, authority: str, case_number: str) -> UUID | ErasedCase | None:
        """Give a case's reference without making one; None when the case is not known."""
        digest = self._hash("case", authority, case_number)
        return (await self._known(connection, authority, [digest])).get(digest)

    async def case_numbers(self, connection: Connection, references: Collection[UUID]) -> dict[UUID, str | Erased]:
        """Give the case numbers of references, for those who may open the file; unknown ones are left out."""
        rows = await connection.fetch(
            "SELECT reference, sealed_case_number FROM privacy.case_references "
            "WHERE reference = ANY($1::uuid[]) AND sealed_case_number IS NOT NULL",
            list(references),
        )
        opened = await self._sealer.unseal_many(
            [Sealed(row["reference"], _FIELD, row["sealed_case_number"]) for row in rows]
        )
        return {row["reference"]: number for row, number in zip(rows, opened, strict=True)}

    async def person_for(self, connection: Connection, authority: str, staff_number: str) -> UUID:
        """Give the reference of a member of staff, made at first use."""
        [reference] = await self.people_for(connection, authority, [staff_number])
        return reference

    async def people_for(self, connection: Connection, authority: str, staff_numbers: Sequence[str]) -> list[UUID]:
        """Give the references of members of staff, in their order; the staff numbers themselves are not kept."""
        hashes = [self._hash("person", authority, number) for number in staff_numbers]
        ordered = sorted(set(hashes))
        await connection.execute(
            "INSERT INTO privacy.person_references (reference, authority, person_hash) "
            "SELECT reference, $2, hash FROM unnest($1::uuid[], $3::bytea[]) AS made (reference, hash) "
            "WHERE NOT EXISTS (SELECT FROM privacy.person_references p "
            "WHERE p.authority = $2 AND p.person_hash = made.hash) "
            "ON CONFLICT (authority, person_hash) DO NOTHING",
            [self._make_reference() for _ in ordered],
            authority,
            ordered,
        )
        rows = await connection.fetch(
            "SELECT reference, person_hash FROM privacy.person_references "
            "WHERE authority = $1 AND person_hash = ANY($2::bytea[])",
            authority,
            ordered,
        )
        known: dict[bytes, UUID] = {row["person_hash"]: row["reference"] for row in rows}
        return [known[one] for one in hashes]

    async def known_people(
        self, connection: Connection, authority: str, staff_numbers: Iterable[str]
    ) -> dict[str, UUID]:
        """Give the references of those members of staff that have one, by the numbers asked for; none is made."""
        hashes = {number: self._hash("person", authority, number) for number in staff_numbers}
        rows = await connection.fetch(
            "SELECT reference, person_hash FROM privacy.person_references "
            "WHERE authority = $1 AND person_hash = ANY($2::bytea[])",
            authority,
            list(hashes.values()),
        )
        known: dict[bytes, UUID] = {row["person_hash"]: row["reference"] for row in rows}
        return {number: known[hash_] for number, hash_ in hashes.items() if hash_ in known}

    async def authority_of(self, connection: Connection, reference: UUID) -> str | None:
        """Give the authority a case reference belongs to; None when it is unknown or erased."""
        authority: str | None = await connection.fetchval(
            "SELECT authority FROM privacy.case_references WHERE reference = $1", reference
        )
        return authority

    async def linked(self, connection: Connection) -> AsyncIterator[list[UUID]]:
        """Give all references that have a link, page by page, in the caller's transaction."""
        cursor = await connection.cursor("SELECT reference FROM privacy.case_references")
        while rows := await cursor.fetch(_PAGE):
            yield [row["reference"] for row in rows]

    async def erased(self, connection: Connection, references: Collection[UUID] | None = None) -> set[UUID]:
        """Give which of the references are erased; all that are, when none are named."""
        rows = await connection.fetch(
            "SELECT reference FROM privacy.erased_references WHERE $1::uuid[] IS NULL OR reference = ANY($1::uuid[])",
            None if references is None else list(references),
        )
        return {row["reference"] for row in rows}

    async def unlink(self, connection: Connection, references: Iterable[UUID], at: datetime) -> list[Unlinked]:
        """Remove the links of references and remember their hashes as erased; give those that were still linked.

        Doing it again changes nothing. Part of an erasure: see `shared.privacy.erasure`.
        """
        wanted = sorted(set(references))
        await connection.execute(
            "INSERT INTO privacy.erased_references (reference, erased_at) "
            "SELECT reference, $2 FROM unnest($1::uuid[]) AS reference ON CONFLICT DO NOTHING",
            wanted,
            at,
        )
        rows = await connection.fetch(
            "WITH gone AS (DELETE FROM privacy.case_references WHERE reference = ANY($1::uuid[]) "
            "RETURNING reference, authority, case_hash), "
            "kept AS (INSERT INTO privacy.erased_cases (authority, case_hash) "
            "SELECT authority, case_hash FROM gone ON CONFLICT DO NOTHING) "
            "SELECT reference, authority FROM gone",
            wanted,
        )
        return [Unlinked(row["reference"], row["authority"]) for row in rows]

    async def _known(
        self, connection: Connection, authority: str, hashes: Sequence[bytes]
    ) -> dict[bytes, UUID | ErasedCase]:
        """Look into links and erased cases in one statement, so that a case being erased is in one of them."""
        rows = await connection.fetch(
            "SELECT case_hash, reference FROM privacy.case_references "
            "WHERE authority = $1 AND case_hash = ANY($2::bytea[]) "
            "UNION ALL SELECT case_hash, NULL FROM privacy.erased_cases "
            "WHERE authority = $1 AND case_hash = ANY($2::bytea[])",
            authority,
            list(set(hashes)),
        )
        linked = {row["case_hash"]: row["reference"] for row in rows if row["reference"] is not None}
        gone = {row["case_hash"]: ERASED_CASE for row in rows if row["reference"] is None}
        return {**linked, **gone}

    async def _make(
        self, connection: Connection, authority: str, missing: dict[bytes, str]
    ) -> dict[bytes, UUID | ErasedCase]:
        """Make references for cases without one: rows first, then their sealed numbers, in one transaction.

        Rows come first so that only the winner of two imports of the same case makes a key.
        """
        ordered = sorted(missing)  # one order for everyone: two imports never wait for each other in a circle
        async with connection.transaction():
            rows = await connection.fetch(
                "INSERT INTO privacy.case_references (reference, authority, case_hash) "
                "SELECT reference, $2, hash FROM unnest($1::uuid[], $3::bytea[]) AS made (reference, hash) "
                "ON CONFLICT (authority, case_hash) DO NOTHING RETURNING reference, case_hash",
                [self._make_reference() for _ in ordered],
                authority,
                ordered,
            )
            sealed = await self._sealer.seal_many(
                [Plain(row["reference"], _FIELD, _visible(missing[row["case_hash"]]).strip()) for row in rows]
            )
            await connection.execute(
                "UPDATE privacy.case_references AS c SET sealed_case_number = made.sealed "
                "FROM unnest($1::uuid[], $2::text[]) AS made (reference, sealed) WHERE c.reference = made.reference",
                [row["reference"] for row in rows],
                sealed,
            )
        made: dict[bytes, UUID | ErasedCase] = {row["case_hash"]: row["reference"] for row in rows}
        lost = [one for one in ordered if one not in made]
        return {**made, **(await self._known(connection, authority, lost) if lost else {})}

    def _hash(self, kind: str, authority: str, number: str) -> bytes:
        normal = normal_form(number)
        return hmac.digest(self._pepper, f"{kind}\x1f{authority}\x1f{normal}".encode(), "sha256")

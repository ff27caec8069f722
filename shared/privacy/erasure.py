"""Erasing a child: the key first, then the link, then the event, each step safe to repeat and safe to die after.

The order, and what holds if the process dies right after each step:

1. *The key is destroyed* in the key store, where a record of the erasure takes its place. From here on no text of the
   child can be read or written, whatever else happens, and `replay_erasures` at the next start finishes the rest.
2. *The link is removed* in audit's database: the row that leads from the case number to the reference goes, the case
   number's keyed hash joins the list of erased cases, the reference joins the erased references.
3. *The event is appended*: the caller puts `child-erased` into its event store on the same connection and in the same
   transaction as step 2. So a link is gone if and only if the event is there.

Whichever of the two databases is restored from a backup taken before, the other one's record (or the references on the
event log, given as `also`) destroys the restored key and link again: `replay_erasures` runs at every start.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.eventstore.database import Connection
from shared.privacy.keystore import KeyStore
from shared.privacy.master import KeyStoreUnusable
from shared.privacy.references import References, Unlinked
from shared.telemetry import logs, metrics

_log = logs.get_logger()


class KeysMissing(KeyStoreUnusable):
    """The key store lacks keys of children whose texts are stored: it was lost, or restored from an older backup."""


class UnknownReference(LookupError):
    """No child has this reference."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did: `unlinked` is None when the child had been erased before, and there is nothing to tell."""

    reference: UUID
    unlinked: Unlinked | None


async def erase(
    keys: KeyStore, references: References, connection: Connection, reference: UUID, at: datetime
) -> Erasure:
    """Erase the child behind a reference.

    `connection` is audit's own, inside a transaction in which the caller appends `child-erased` when `unlinked` is
    given. Raises `UnknownReference`, and then nothing was destroyed.
    """
    known = await references.authority_of(connection, reference) is not None
    if not known and reference not in await references.erased(connection, [reference]):
        raise UnknownReference("No child has this reference. Check it, or whether it belongs to another installation.")
    await keys.destroy([reference], at)
    unlinked = await references.unlink(connection, [reference], at)
    for one in unlinked:
        _tell(one)
    return Erasure(reference, unlinked[0] if unlinked else None)


async def replay_erasures(
    keys: KeyStore, references: References, connection: Connection, at: datetime, also: Iterable[UUID] = ()
) -> list[Unlinked]:
    """Finish and repeat every erasure known to either database, or named in `also`.

    To be run at start, in a transaction of audit's `connection`, before anything is read or taken in. Gives the
    children whose links were still there: the caller appends `child-erased` for each, which changes nothing where the
    event is there already. Raises `KeysMissing` when children would look erased who were not.
    """
    by_keys = set(await keys.erased())
    everyone = by_keys | await references.erased(connection) | set(also)
    restored = await keys.destroy(everyone - by_keys, at) if everyone - by_keys else []
    unlinked = await references.unlink(connection, everyone, at) if everyone else []
    for one in unlinked:
        _tell(one)
    if restored or unlinked:
        _log.warning("erasures_replayed", count=len({*restored, *(one.reference for one in unlinked)}))
    missing = [await keys.without_record(page) async for page in references.linked(connection)]
    if any(missing):
        raise KeysMissing(
            f"The key database lacks the keys of {sum(missing)} children whose texts are stored, so that they would "
            "look erased: restore its newest backup and start again."
        )
    return unlinked


def _tell(one: Unlinked) -> None:
    metrics.CHILDREN_ERASED.inc()
    _log.warning("child_erased", reference=one.reference, authority=one.authority)

"""Guarantee G8: an erasure holds, wherever the process dies and whichever database is restored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.privacy.erasure import Erasure, KeysMissing, UnknownReference, erase, replay_erasures
from shared.privacy.keystore import ERASED
from shared.privacy.references import ERASED_CASE
from tests.integration.privacy.support import AT, Privacy, dump, privacy, restore
from tests.support.stack import Stack

pytestmark = pytest.mark.stack


@pytest_asyncio.fixture
async def home(stack: Stack) -> AsyncIterator[Privacy]:
    async with privacy(stack.postgres) as made:
        yield made


async def _child(home: Privacy, number: str = "NM-1") -> tuple[UUID, str]:
    async with home.audit.acquire() as connection:
        reference = await home.references.reference_for(connection, "northmoor", number)
    assert isinstance(reference, UUID)
    return reference, await home.sealer.seal(reference, "s/f", "a text about the child")


async def _erase(home: Privacy, reference: UUID) -> Erasure:
    async with home.audit.acquire() as connection, connection.transaction():
        return await erase(home.keys, home.references, connection, reference, AT)


async def _replay(home: Privacy, also: tuple[UUID, ...] = ()) -> list[UUID]:
    started = home.again()
    async with home.audit.acquire() as connection, connection.transaction():
        done = await replay_erasures(started.keys, started.references, connection, AT, also)
        return [one.reference for one in done]


async def _is_gone(home: Privacy, reference: UUID, sealed: str, number: str = "NM-1") -> bool:
    seen = home.again()
    async with home.audit.acquire() as connection:
        return (
            await seen.sealer.unseal(reference, "s/f", sealed) is ERASED
            and await seen.references.case_numbers(connection, [reference]) == {}
            and await seen.references.authority_of(connection, reference) is None
            and await seen.references.look_up(connection, "northmoor", number) is ERASED_CASE
        )


async def test_an_erased_child_is_gone_and_the_others_are_not(home: Privacy) -> None:
    reference, sealed = await _child(home)
    other, kept = await _child(home, "NM-2")
    done = await _erase(home, reference)
    assert done.unlinked is not None
    assert done.unlinked.authority == "northmoor"
    assert await _is_gone(home, reference, sealed)
    assert await home.again().sealer.unseal(other, "s/f", kept) == "a text about the child"


async def test_erasing_twice_tells_it_once(home: Privacy) -> None:
    reference, _ = await _child(home)
    await _erase(home, reference)
    assert (await _erase(home, reference)).unlinked is None


async def test_an_unknown_reference_is_refused_and_leaves_nothing(home: Privacy) -> None:
    with pytest.raises(UnknownReference):
        await _erase(home, uuid4())
    assert await home.keys.erased() == {}


async def test_a_death_between_key_and_link_is_finished_at_the_next_start(home: Privacy) -> None:
    reference, sealed = await _child(home)
    async with home.audit.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await erase(home.keys, home.references, connection, reference, AT)
        await transaction.rollback()  # the process dies before audit's transaction commits
    assert await home.again().sealer.unseal(reference, "s/f", sealed) is ERASED
    assert not await _is_gone(home, reference, sealed)
    assert await _replay(home) == [reference]
    assert await _is_gone(home, reference, sealed)
    assert await _replay(home) == []


async def test_a_restored_audit_database_does_not_bring_the_link_back(home: Privacy) -> None:
    reference, sealed = await _child(home)
    backup = await dump(home.audit_dsn, schema="privacy")
    await _erase(home, reference)
    await restore(home.audit_dsn, backup, schema="privacy")
    async with home.audit.acquire() as connection:
        assert await home.references.look_up(connection, "northmoor", "NM-1") == reference  # the restore did it
    assert await _replay(home) == [reference]
    assert await _is_gone(home, reference, sealed)


async def test_a_restored_key_database_does_not_bring_the_key_back(home: Privacy) -> None:
    reference, sealed = await _child(home)
    backup = await dump(home.keys_dsn, schema="keys")
    await _erase(home, reference)
    await restore(home.keys_dsn, backup, schema="keys")
    assert await home.again().sealer.unseal(reference, "s/f", sealed) == "a text about the child"  # the restore did it
    assert await _replay(home) == []
    assert await _is_gone(home, reference, sealed)
    assert (await home.keys.erased()).keys() == {reference}


async def test_when_both_are_restored_the_event_log_says_who_was_erased(home: Privacy) -> None:
    reference, sealed = await _child(home)
    backups = await dump(home.audit_dsn, schema="privacy"), await dump(home.keys_dsn, schema="keys")
    await _erase(home, reference)
    await restore(home.audit_dsn, backups[0], schema="privacy")
    await restore(home.keys_dsn, backups[1], schema="keys")
    assert await _replay(home, also=(reference,)) == [reference]
    assert await _is_gone(home, reference, sealed)


async def test_what_is_kept_does_not_lead_from_case_number_to_reference(home: Privacy) -> None:
    reference, _ = await _child(home)
    for number in ("NM-2", "NM-3"):
        await _child(home, number)
    await _erase(home, reference)
    kept = await dump(home.audit_dsn, schema="privacy")
    assert [set(row) for row in kept["erased_cases"]] == [{"authority", "case_hash"}]
    assert reference.bytes not in repr(kept["erased_cases"]).encode()
    assert all(row["reference"] != reference for row in kept["case_references"])


async def test_a_lost_key_database_is_not_taken_for_erasures(home: Privacy) -> None:
    backup = await dump(home.keys_dsn, schema="keys")
    await _child(home)
    reference, sealed = await _child(home, "NM-2")
    whole = await dump(home.keys_dsn, schema="keys")
    await restore(home.keys_dsn, backup, schema="keys")
    with pytest.raises(KeysMissing, match="keys of 2 children"):
        await _replay(home)
    await restore(home.keys_dsn, whole, schema="keys")
    await _erase(home, reference)
    assert await _replay(home) == []
    assert await _is_gone(home, reference, sealed, "NM-2")


async def test_the_first_time_of_an_erasure_stands(home: Privacy) -> None:
    reference, _ = await _child(home)
    await _erase(home, reference)
    await home.keys.destroy([reference], AT + timedelta(days=3))
    assert await home.keys.erased() == {reference: AT}

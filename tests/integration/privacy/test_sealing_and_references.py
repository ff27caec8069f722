from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from shared.eventstore.database import Connection
from shared.privacy.keystore import ERASED, KeyStore, authority_holder
from shared.privacy.master import MasterKey, MasterKeyUnusable
from shared.privacy.references import ERASED_CASE, NumberEmpty
from shared.privacy.sealing import ChildErased, Plain, SealBroken, Sealed, Sealer, context_of
from tests.integration.privacy.support import AT, MASTER, Privacy, dump, privacy
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

TEXT = "Mum said the visits help; Théo drew his house."


@pytest_asyncio.fixture
async def home(stack: Stack) -> AsyncIterator[Privacy]:
    async with privacy(stack.postgres) as made:
        yield made


async def test_a_sealed_text_is_read_again_and_shows_nothing_at_rest(home: Privacy) -> None:
    child, context = uuid4(), context_of(uuid4(), "answers/voice/evidence")
    sealed = await home.sealer.seal(child, context, TEXT)
    assert "visits" not in sealed
    assert await home.again().sealer.unseal(child, context, sealed) == TEXT


async def test_the_same_text_is_sealed_differently_each_time(home: Privacy) -> None:
    child = uuid4()
    assert await home.sealer.seal(child, "s/f", TEXT) != await home.sealer.seal(child, "s/f", TEXT)


async def test_a_sealed_text_opens_only_where_it_belongs(home: Privacy) -> None:
    child, other, stream = uuid4(), uuid4(), uuid4()
    sealed = await home.sealer.seal(child, context_of(stream, "impact"), TEXT)
    await home.sealer.seal(other, "x", "so that the other child has a key")
    for holder, context in ((child, context_of(stream, "evidence")), (child, context_of(uuid4(), "impact"))):
        with pytest.raises(SealBroken):
            await home.sealer.unseal(holder, context, sealed)
    with pytest.raises(SealBroken):
        await home.sealer.unseal(other, context_of(stream, "impact"), sealed)


@pytest.mark.parametrize(
    "change", [lambda s: s[:-2] + "AA", lambda s: s[:8], lambda s: s[3:], lambda s: s + "!", lambda s: "s1."]
)
async def test_a_changed_sealed_text_is_refused(home: Privacy, change: object) -> None:
    assert callable(change)
    child = uuid4()
    sealed = await home.sealer.seal(child, "s/f", TEXT)
    with pytest.raises(SealBroken):
        await home.sealer.unseal(child, "s/f", change(sealed))


async def test_many_texts_take_one_query(home: Privacy) -> None:
    children = [uuid4() for _ in range(40)]
    sealed = await home.sealer.seal_many([Plain(child, "s/f", f"text {n}") for n, child in enumerate(children)])
    sent: list[str] = []

    async def listen(connection: Connection) -> None:
        connection.add_query_logger(lambda record: sent.append(record.query))

    async with asyncpg.create_pool(home.keys_dsn, min_size=1, max_size=1, init=listen) as pool:
        opened = await Sealer(KeyStore(pool, MASTER)).unseal_many(
            [Sealed(child, "s/f", str(one)) for child, one in zip(children, sealed, strict=True)]
        )
    assert opened == [f"text {n}" for n in range(40)]
    assert len([query for query in sent if "data_keys" in query]) == 1


async def test_one_key_a_child_even_when_two_processes_seal_at_once(home: Privacy) -> None:
    child = uuid4()
    processes = [home.again() for _ in range(5)]
    sealed = await asyncio.gather(*(one.sealer.seal(child, "s/f", TEXT) for one in processes))
    fresh = home.again().sealer
    assert {await fresh.unseal(child, "s/f", one) for one in sealed} == {TEXT}


async def test_an_erased_child_can_be_neither_read_nor_written(home: Privacy) -> None:
    child, sibling = uuid4(), uuid4()
    sealed = await home.sealer.seal(child, "s/f", TEXT)
    kept = await home.sealer.seal(sibling, "s/f", TEXT)
    assert await home.keys.destroy([child], AT) == [child]
    assert await home.sealer.unseal(child, "s/f", sealed) is ERASED
    assert await home.again().sealer.unseal(child, "s/f", sealed) is ERASED
    with pytest.raises(ChildErased):
        await home.sealer.seal(child, "s/f", "once more")
    assert await home.sealer.unseal(sibling, "s/f", kept) == TEXT
    mixed = await home.sealer.seal_many([Plain(child, "s/f", "a"), Plain(sibling, "s/f", "b")])
    assert mixed[0] is ERASED
    assert isinstance(mixed[1], str)


async def test_a_destroyed_key_never_comes_back(home: Privacy) -> None:
    never_had_one = uuid4()
    await home.keys.destroy([never_had_one], AT)
    with pytest.raises(ChildErased):
        await home.sealer.seal(never_had_one, "s/f", TEXT)
    assert await home.keys.destroy([never_had_one], AT) == []
    for statement in ("delete from keys.data_keys", "update keys.data_keys set erased_at = null, wrapped = 'x'"):
        with pytest.raises(asyncpg.PostgresError):
            await home.keys_pool.execute(statement)


async def test_another_master_key_is_noticed(home: Privacy) -> None:
    child = uuid4()
    sealed = await home.sealer.seal(child, "s/f", TEXT)
    stranger = KeyStore(home.keys_pool, MasterKey(bytes(32)))
    with pytest.raises(MasterKeyUnusable):
        await stranger.check()
    with pytest.raises(MasterKeyUnusable):
        await Sealer(stranger).unseal(child, "s/f", sealed)
    await home.keys.check()


async def test_a_wrapped_key_moved_to_another_child_is_useless(home: Privacy) -> None:
    child, thief = uuid4(), uuid4()
    await home.sealer.seal(child, "s/f", TEXT)
    await home.sealer.seal(thief, "s/f", TEXT)
    await home.keys_pool.execute(
        "update keys.data_keys set wrapped = (select wrapped from keys.data_keys where holder = $1) where holder = $2",
        child,
        thief,
    )
    with pytest.raises(MasterKeyUnusable):
        await home.again().sealer.seal(thief, "s/f", TEXT)


async def test_keys_leave_memory_after_a_short_while(home: Privacy) -> None:
    clock = [0.0]
    keys = KeyStore(home.keys_pool, MasterKey(bytes(range(32))), now=lambda: clock[0])
    child = uuid4()
    sealed = await Sealer(keys).seal(child, "s/f", TEXT)
    await home.again().keys.destroy([child], AT)  # by another process: this one is not told
    clock[0] += 31
    assert await Sealer(keys).unseal(child, "s/f", sealed) is ERASED


async def test_text_about_staff_is_sealed_with_the_authority_s_key(home: Privacy) -> None:
    holder = authority_holder("northmoor")
    assert holder != authority_holder("saltmere")
    sealed = await home.sealer.seal(holder, "s/note", "Reflects well on her practice")
    assert await home.again().sealer.unseal(holder, "s/note", sealed) == "Reflects well on her practice"


async def test_a_case_keeps_its_random_reference(home: Privacy) -> None:
    async with home.audit.acquire() as connection:
        first = await home.references.reference_for(connection, "northmoor", "NM-1001")
        assert await home.again().references.reference_for(connection, "northmoor", " nm-1001 ") == first
        assert await home.references.reference_for(connection, "northmoor", "NM-1002") != first
        assert await home.references.reference_for(connection, "saltmere", "NM-1001") != first
        assert await home.references.look_up(connection, "northmoor", "NM-9") is None
        assert isinstance(first, UUID)
        assert await home.references.reference_for(connection, "northmoor", "\u202eNM-\u200b1001\u0000") == first
        assert await home.references.case_numbers(connection, [first, uuid4()]) == {first: "NM-1001"}
        assert await home.references.authority_of(connection, first) == "northmoor"
    with pytest.raises(NumberEmpty, match="can be seen"):
        async with home.audit.acquire() as connection:
            await home.references.reference_for(connection, "northmoor", "  ")


async def test_many_references_at_once_keep_their_order_and_repeats(home: Privacy) -> None:
    numbers = ["NM-1", "NM-2", "NM-1", "nm-2", "NM-3"]
    async with home.audit.acquire() as connection:
        found = await home.references.references_for(connection, "northmoor", numbers)
        assert found[0] == found[2]
        assert found[1] == found[3]
        assert len(set(found)) == 3
        assert await home.references.references_for(connection, "northmoor", numbers) == found


async def test_two_imports_of_the_same_cases_agree(home: Privacy) -> None:
    numbers = [f"NM-{n}" for n in range(200)]

    async def one(order: list[str]) -> dict[str, object]:
        async with home.audit.acquire() as connection, connection.transaction():
            found = await home.again().references.references_for(connection, "northmoor", order)
            return dict(zip(order, found, strict=True))

    first, second, third = await asyncio.gather(one(numbers), one(numbers[::-1]), one(numbers[100:] + numbers[:100]))
    assert first == second == third
    assert await home.keys_pool.fetchval("select count(*) from keys.data_keys") == 200


async def test_references_are_made_in_one_order_so_that_imports_never_block_each_other(home: Privacy) -> None:
    made: list[list[bytes]] = []

    def listen(record: asyncpg.connection.LoggedQuery) -> None:
        if record.query.startswith(("INSERT INTO privacy.case_references", "INSERT INTO privacy.person_references")):
            made.append(record.args[2])

    async with home.audit.acquire() as connection:
        with connection.query_logger(listen):
            await home.references.references_for(connection, "northmoor", [f"NM-{n}" for n in range(30)])
            await home.references.people_for(connection, "northmoor", [f"S-{n}" for n in range(30)])
    assert [len(one) for one in made] == [30, 30]
    assert made == [sorted(one) for one in made]


async def test_the_same_number_looks_different_in_each_authority_and_kind(home: Privacy) -> None:
    async with home.audit.acquire() as connection:
        for authority in ("northmoor", "saltmere"):
            await home.references.reference_for(connection, authority, "1001")
            await home.references.person_for(connection, authority, "1001")
    rows = await dump(home.audit_dsn, schema="privacy")
    hashes = [row["case_hash"] for row in rows["case_references"]]
    hashes += [row["person_hash"] for row in rows["person_references"]]
    assert len(hashes) == len(set(hashes)) == 4


async def test_no_case_or_staff_number_lies_in_the_database(home: Privacy) -> None:
    async with home.audit.acquire() as connection:
        await home.references.reference_for(connection, "northmoor", "QZX77401")
        await home.references.person_for(connection, "northmoor", "STAFF88123")
    everything = repr([await dump(home.audit_dsn, schema="privacy"), await dump(home.keys_dsn, schema="keys")])
    assert "QZX77401" not in everything.upper()
    assert "STAFF88123" not in everything.upper()


async def test_people_keep_their_references(home: Privacy) -> None:
    async with home.audit.acquire() as connection:
        first = await home.references.person_for(connection, "northmoor", "S-1")
        again = await home.again().references.people_for(connection, "northmoor", ["S-2", "s\u00ad-1", "S-2"])
        assert again[1] == first
        assert again[0] == again[2] != first
        assert await home.references.person_for(connection, "saltmere", "S-1") != first


async def test_an_unlinked_case_is_noticed_when_it_returns(home: Privacy) -> None:
    async with home.audit.acquire() as connection:
        reference = await home.references.reference_for(connection, "northmoor", "NM-1")
        assert isinstance(reference, UUID)
        [gone] = await home.references.unlink(connection, [reference], AT)
        assert (gone.reference, gone.authority) == (reference, "northmoor")
        assert await home.references.references_for(connection, "northmoor", ["NM-1", "NM-2"]) == [
            ERASED_CASE,
            await home.references.look_up(connection, "northmoor", "NM-2"),
        ]
        for typed in ("nm-1", "NM-\u200b1", "NM-1\u0000", "\ufeffNM-1", "N\u202cM-1"):
            assert await home.references.look_up(connection, "northmoor", typed) is ERASED_CASE
        assert await home.references.unlink(connection, [reference], AT) == []

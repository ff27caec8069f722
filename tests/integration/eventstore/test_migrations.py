"""Migrations: three services at once, an edited file, a failing one."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import asyncpg
import pytest
from pogo_core.error import BadMigrationError

from shared.eventstore.errors import MigrationEdited
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate

pytestmark = pytest.mark.stack

NOTES = """-- Notes
-- depends:

-- migrate: apply
CREATE TABLE notes (id int);

-- migrate: rollback
DROP TABLE notes;
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes_0001_table.sql").write_text(NOTES)
    return tmp_path


async def test_three_services_starting_at_once_on_an_empty_database_all_succeed(postgres_dsn: str) -> None:
    applied = await asyncio.gather(*(migrate(postgres_dsn, [OUTBOX, EVENTSTORE]) for _ in range(3)))
    assert sorted(len(names) for names in applied) == [0, 0, 3]
    assert sorted(name for names in applied for name in names) == [
        "eventstore_0001_tables",
        "eventstore_0002_append",
        "outbox_0001_messages",
    ]


async def test_a_second_start_applies_nothing_and_keeps_the_data(postgres_dsn: str, folder: Path) -> None:
    assert await migrate(postgres_dsn, [folder]) == ["notes_0001_table"]
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute("INSERT INTO notes VALUES (1)")
    assert await migrate(postgres_dsn, [folder]) == []
    assert await connection.fetchval("SELECT count(*) FROM notes") == 1
    await connection.close()


async def test_a_new_file_is_applied_to_an_older_database(postgres_dsn: str, folder: Path) -> None:
    await migrate(postgres_dsn, [folder])
    newer = NOTES.replace("depends:", "depends: notes_0001_table").replace("notes (id", "more (id")
    (folder / "notes_0002_more.sql").write_text(newer)
    assert await migrate(postgres_dsn, [folder]) == ["notes_0002_more"]


async def test_an_applied_migration_that_was_edited_is_refused_by_name(postgres_dsn: str, folder: Path) -> None:
    await migrate(postgres_dsn, [folder])
    (folder / "notes_0001_table.sql").write_text(NOTES.replace("id int", "id bigint"))
    with pytest.raises(MigrationEdited, match=r"notes_0001_table was applied .* write the change as a new migration"):
        await migrate(postgres_dsn, [folder])


async def test_the_kernels_own_migrations_are_watched_too(postgres_dsn: str, tmp_path: Path) -> None:
    copied = shutil.copytree(OUTBOX, tmp_path / "outbox")
    await migrate(postgres_dsn, [copied])
    file = copied / "outbox_0001_messages.sql"
    file.write_text(file.read_text().replace("CACHE 1)", "CACHE 50)"))
    with pytest.raises(MigrationEdited):
        await migrate(postgres_dsn, [copied])


async def test_a_failing_migration_leaves_nothing_and_may_be_mended(postgres_dsn: str, folder: Path) -> None:
    broken = folder / "notes_0002_broken.sql"
    text = NOTES.replace("depends:", "depends: notes_0001_table")
    broken.write_text(text.replace("CREATE TABLE notes (id int);", "CREATE TABLE half (id int); SELECT 1/0;"))
    with pytest.raises(BadMigrationError):
        await migrate(postgres_dsn, [folder])
    connection = await asyncpg.connect(postgres_dsn)
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    await connection.close()
    broken.write_text(text.replace("CREATE TABLE notes", "CREATE TABLE whole"))
    assert await migrate(postgres_dsn, [folder]) == ["notes_0001_table", "notes_0002_broken"]

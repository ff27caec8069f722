"""The consumer that docs/events.md shows is run as it stands, as a process, on golden events."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest

from shared.messaging.topics import AUDIT_EVENTS
from tests.integration.messaging.support import send, until
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "contract" / "contracts" / "golden" / "audit-completed.v1.json"


def _completed(grade: str) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """The golden completion as the first event of another audit, with another grade."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    audit = str(uuid4())
    changed = {"ce_subject": audit, "ce_sequence": "1", "ce_id": str(uuid4())}
    headers = [(name, changed.get(name, value).encode()) for name, value in golden["headers"]]
    return audit.encode(), orjson.dumps({**golden["value"], "audit_id": audit, "overall_grade": grade}), headers


async def test_the_example_counts_completed_audits_once(postgres_dsn: str, kafka: TestKafka) -> None:
    prefix = f"example-{uuid4().hex[:8]}."
    topic = await kafka.create_topic(prefix + AUDIT_EVENTS)
    completed = [_completed(grade) for grade in ("good", "good", "inadequate", "outstanding")]
    await send(kafka.bootstrap, topic, [*completed, *completed])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "docs" / "examples" / "consumer.py"),
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "EXAMPLE_DATABASE": postgres_dsn,
            "EXAMPLE_GROUP": f"example-{uuid4().hex[:8]}",
            "SIGHTLINE_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "SIGHTLINE_TOPIC_PREFIX": prefix,
        },
    )
    try:
        wanted = {"good": 2, "inadequate": 1, "outstanding": 1}
        await until(lambda: _counted(postgres_dsn, wanted))
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        assert await _counted(postgres_dsn, wanted)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _counted(dsn: str, wanted: dict[str, int]) -> bool:
    connection = await asyncpg.connect(dsn)
    try:
        rows: list[Any] = await connection.fetch("select grade, audits from grades")
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return {row["grade"]: row["audits"] for row in rows} == wanted

"""The rebuild as one would write it by hand for these tables: no checks, nothing parked, the same rows.

aiokafka's getmany, orjson, a dictionary of current versions in memory, and a transaction a batch that ends the versions
which were replaced and copies the new ones in. It trusts every message to be in order and complete.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.servers import PARTITIONS

FOREVER: Final = datetime.max  # noqa: DTZ901 - as the driver writes infinity
Rows = dict[str, list[tuple[Any, ...]]]
KEYS: Final = {
    "audits": ("audit_id",),
    "moderation_requests": ("audit_id", "moderation_id"),
    "moderations": ("audit_id", "moderation_id"),
    "disputes": ("audit_id", "dispute_id"),
    "recommendations": ("audit_id", "recommendation_id"),
    "escalations": ("escalation_id",),
}


class Hand:
    """Current versions, and what the batch writes."""

    def __init__(self) -> None:
        self.current: dict[str, dict[Any, list[Any]]] = defaultdict(dict)
        self.rows: Rows = defaultdict(list)
        self.ended: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.fresh: dict[str, dict[Any, list[Any]]] = defaultdict(dict)

    def put(self, table: str, row: list[Any]) -> None:
        width = len(KEYS[table])
        key = row[0] if width == 1 else (row[0], row[1])
        before = self.fresh[table].get(key)
        if before is not None:
            before[width + 2] = row[width + 1]
            self.rows[table].append(tuple(before))
        elif key in self.current[table]:
            self.ended[table].append((*row[:width], row[width + 1]))
        self.fresh[table][key] = row
        self.current[table][key] = row


def place(stamp: Any, data: dict[str, Any]) -> list[Any]:
    where = data["organisation"]
    return [stamp[4], where["area"], where["district"], where["team"], data["service"]]


def audit_place(stamp: Any, data: dict[str, Any]) -> list[Any]:
    return [
        *place(stamp, data), data["kind"], data["cycle"], data["child_status"], UUID(data["case_reference"]),
    ]  # fmt: skip


def again(data: dict[str, Any]) -> UUID | None:
    return UUID(data["re_audit_of"]) if data.get("re_audit_of") else None


def allocated(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, _ = stamp
    hand.put("audits", [
        stream, sequence, recorded, FOREVER, *audit_place(stamp, data), UUID(data["auditor_reference"]), data["tool"],
        data["tool_version"], data["selected_because"], "allocated", date.fromisoformat(data["due_on"]), at,
        *[None] * 17, 0, 0, None, None, None, data.get("in_practice_figures", True), again(data),
    ])  # fmt: skip


def outcome(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, _ = stamp
    before = hand.current["audits"].get(stream)
    amended = "amended_by" in data
    due, done = date.fromisoformat(data["due_on"]), date.fromisoformat(data["completed_on"])
    late = data.get("late")
    dates = [due, before[19] if before else None, done, at, done > due if late is None else late]
    if amended and before:
        dates = before[18:23]
    hand.put("audits", [
        stream, sequence, recorded, FOREVER, *audit_place(stamp, data), UUID(data["auditor_reference"]), data["tool"],
        data["tool_version"], before[16] if before else None, "completed", *dates, data["took_part"],
        data["reflective_discussion"], data["overall_grade"], data["inadequate_likely"], data["concern"],
        *(data[who][what] for who in ("child_feedback", "parent_feedback", "practitioner_feedback")
          for what in ("obtained", "why_not", "score")),
        len(data["recommendations"]), (before[38] if before else 0) + amended, None, None, sequence,
        data.get("in_practice_figures", True), again(data),
    ])  # fmt: skip
    rows = hand.rows
    rows["answers"].append((stream, sequence, orjson.dumps(data["answers"]).decode()))
    rows["section_results"] += [(stream, sequence, s["section"], s["grade"], s["score"]) for s in data["sections"]]
    rows["theme_mentions"] += [
        (stream, sequence, t["theme"], t["polarity"], t.get("section"), t["component"]) for t in data["themes"]
    ]


def withdrawn(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, _ = stamp
    before = hand.current["audits"].get(stream)
    row = (
        list(before)
        if before
        else [stream, 0, 0, 0, *audit_place(stamp, data), *[None] * 24, 0, 0, None, None, None, True, None]
    )
    row[1], row[2], row[3], row[17], row[39], row[40] = sequence, recorded, FOREVER, "withdrawn", at, data["reason"]
    hand.put("audits", row)


def flagged(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, _ = stamp
    hand.rows["concern_flags"].append((
        stream, sequence, recorded, FOREVER, *place(stamp, data), data["kind"], data["concern"],
        data["inadequate_likely"], at,
    ))  # fmt: skip


def requested(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, _ = stamp
    hand.put("moderation_requests", [
        stream, UUID(data["moderation_id"]), sequence, recorded, FOREVER, *place(stamp, data), data["kind"],
        UUID(data["moderator_reference"]) if data["moderator_reference"] else None, data["selected_because"],
        data["policy_version"],
        date.fromisoformat(data["due_on"]), at, data.get("number", 1), data.get("final", False),
    ])  # fmt: skip


def missed(data: dict[str, Any]) -> bool:
    return data["moderator_grade"] == "inadequate" and data["auditor_grade"] not in {None, "inadequate"}


def moderated(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, _, recorded, _ = stamp
    quality = data.get("quality_of_audit") or {}
    hand.put("moderations", [
        stream, UUID(data["moderation_id"]), sequence, recorded, FOREVER, *place(stamp, data), data["kind"],
        data["cycle"], data["child_status"], UUID(data["moderator_reference"]), data["moderator_type"],
        UUID(data["auditor_reference"]), data["auditor_grade"], data["moderator_grade"], data["distance"],
        data["direction"], data["standing_grade"], data.get("decided_by"),
        data["missed_inadequate"] if "missed_inadequate" in data else missed(data),
        len(data["section_differences"]), data["concern"],
        data["inadequate_likely"], data["blind"], data["selected_because"], data["audit_quality"],
        data["met_team_manager"], data["met_practitioner"], date.fromisoformat(data["moderated_on"]),
        data.get("number", 1), data.get("final", False), quality.get("thorough"), quality.get("evidenced"),
        quality.get("actions_right"), sequence,
    ])  # fmt: skip
    hand.rows["moderation_section_differences"] += [
        (stream, sequence, one["section"], one["auditor_grade"], one["moderator_grade"])
        for one in data["section_differences"]
    ]


def disputed(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, _, recorded, _ = stamp
    hand.put("disputes", [
        stream, UUID(data["dispute_id"]), sequence, recorded, FOREVER, *place(stamp, data), data["kind"],
        UUID(data["moderation_id"]), data["disputed_by"]["role"], data["reason"],
        date.fromisoformat(data["disputed_on"]), None, None, data["disputed_grade"], None, None,
    ])  # fmt: skip


def settled(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, _, recorded, _ = stamp
    row = list(hand.current["disputes"][stream, UUID(data["dispute_id"])])
    row[2:5] = sequence, recorded, FOREVER
    row[15:20] = (
        data["outcome"], data["decided_by"], data["grade_before"], data["standing_grade"],
        date.fromisoformat(data["settled_on"]),
    )  # fmt: skip
    hand.put("disputes", row)
    moderation = list(hand.current["moderations"][stream, UUID(data["moderation_id"])])
    moderation[2:5] = sequence, recorded, FOREVER
    moderation[20], moderation[21] = data["standing_grade"], data["decided_by"]
    hand.put("moderations", moderation)


def recommended(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, _ = stamp
    hand.put("recommendations", [
        stream, UUID(data["recommendation_id"]), sequence, recorded, FOREVER, *place(stamp, data), data["kind"],
        data["category"], data["owner_role"], date.fromisoformat(data["due_on"]), at, None, False, "not-yet-known",
        None, 0,
    ])  # fmt: skip


def followed_up(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, _, recorded, _ = stamp
    row = list(hand.current["recommendations"][stream, UUID(data["recommendation_id"])])
    discussed = data["discussed_in_supervision_on"]
    row[2], row[3], row[4] = sequence, recorded, FOREVER
    row[15] = date.fromisoformat(discussed) if discussed else row[15]
    row[16], row[17], row[18] = data["done"], data["made_a_difference"], date.fromisoformat(data["followed_up_on"])
    row[19] += 1
    hand.put("recommendations", row)


def published(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, _, recorded, authority = stamp
    hand.rows["tools"].append((
        stream, sequence, recorded, FOREVER, authority, data["tool"], data["version"], data["title"], data["kinds"],
        data["graded"],
    ))  # fmt: skip
    name, version, questions = data["tool"], data["version"], hand.rows["tool_questions"]
    count = 0
    for place, section in enumerate(data.get("sections", ()), 1):
        hand.rows["tool_sections"].append((
            stream, sequence, name, version, place, section["id"], section["title"], section["graded"],
        ))  # fmt: skip
        for question in section["questions"]:
            count += 1
            questions.append((
                stream, sequence, name, version, count, section["id"], question["id"], question["text"],
                question["scale"], question.get("compliance", False),
            ))  # fmt: skip
    hand.rows["tool_themes"] += [
        (stream, sequence, name, version, place, theme["code"], theme["label"], theme.get("component"))
        for place, theme in enumerate(data.get("themes", ()), 1)
    ]


def erased(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, authority = stamp
    hand.rows["erased_children"].append((
        stream, sequence, recorded, FOREVER, authority, UUID(data["case_reference"]), data["reason"], at,
    ))  # fmt: skip


def escalated(hand: Hand, stamp: Any, data: dict[str, Any]) -> None:
    stream, sequence, at, recorded, _ = stamp
    before = hand.current["escalations"].get(stream)
    audit_id = data["audit_id"]
    row = list(before) if before else [
        stream, 0, None, None, *place(stamp, data), UUID(audit_id) if audit_id else None, None, data["category"],
        data["category"], "considered", [], [], at, *[None] * 7, 0, 0, None, None, False, *[None] * 6, 0, 0, None, 0,
        False, *[None] * 4, 0,
    ]  # fmt: skip
    row[1], row[2], row[3], row[11] = sequence, recorded, FOREVER, data["category"]
    if "causes" in data:
        row[14] = [cause["origin"] for cause in data["causes"]]
        row[15] = [cause["code"] for cause in data["causes"]]
    if isinstance(clock := data.get("clock"), dict):
        row[19], row[20] = datetime.fromisoformat(clock["started_at"]), datetime.fromisoformat(clock["due_at"])
        row[21] = clock["working_days"]
    row[36] += bool(data.get("recorded_late"))
    for field, change in _STEPS.items():
        if field in data:
            change(row, at, data)
            break
    hand.put("escalations", row)


def _one_more(place: int) -> Callable[[list[Any], datetime, dict[str, Any]], None]:
    def change(row: list[Any], _at: datetime, _data: dict[str, Any]) -> None:
        row[place] += 1

    return change


def _reopened(row: list[Any], _at: datetime, _data: dict[str, Any]) -> None:
    row[38], row[39] = row[38] + 1, row[39] or row[27] is False
    row[13], row[28], row[37] = "raised", False, None
    for place in (23, 26, 27, 29, 30, 33, 34, 40, 41):
        row[place] = None


def _withdrawn(row: list[Any], at: datetime, data: dict[str, Any]) -> None:
    if "action_id" in data:
        row[35] += 1
    else:
        row[13], row[40], row[41] = "withdrawn", at, data["reason"]


def _moment(name: str) -> Callable[[datetime, dict[str, Any]], datetime | None]:
    return lambda _at, data: datetime.fromisoformat(data[name]) if data.get(name) else None


def _set(**columns: Any) -> Callable[[list[Any], datetime, dict[str, Any]], None]:
    def change(row: list[Any], at: datetime, data: dict[str, Any]) -> None:
        for place, value in columns.items():
            row[int(place[1:])] = value(at, data) if callable(value) else value

    return change


_STEPS: Final = {
    "decided_by": _set(
        _13="not-required",
        _17=lambda _at, data: data["reason"],
        _31=_moment("discussed_at"),
        _32=_moment("consider_by"),
    ),
    "raised_by": _set(_13="raised", _18=lambda at, _data: at, _31=_moment("discussed_at"), _32=_moment("consider_by")),
    "reclassified_by": _set(_22=lambda at, _data: at),
    "added_by": _one_more(24),
    "completed_by": _one_more(25),
    "reopened_by": _reopened,
    "withdrawn_by": _withdrawn,
    "requested_by": _set(_42=lambda at, _data: at, _43=lambda _at, data: date.fromisoformat(data["due_on"])),
    "recorded_by": _set(_23=lambda at, _data: at),
    "signed_off_by": _set(
        _13="signed-off",
        _26=lambda _at, data: datetime.fromisoformat(data["signed_off_at"]),
        _27=lambda _at, data: data["within_clock"],
        _33=_moment("copy_sent_at"),
        _34=_moment("actions_discussed_at"),
        _37=lambda _at, data: data.get("recorded_late", False),
    ),
    "closed_by": _set(
        _13="closed",
        _29=lambda _at, data: datetime.fromisoformat(data["assistant_director_told_at"]),
        _30=lambda at, _data: at,
    ),
    "told_at": _one_more(44),
    "due_at": _set(_28=True),
}

FOLDS: Final[dict[bytes, Callable[[Hand, Any, dict[str, Any]], None]]] = {
    b"tool-published.v1": published,
    b"audit-allocated.v1": allocated,
    b"concern-flagged.v1": flagged,
    b"audit-completed.v1": outcome,
    b"audit-amended.v1": outcome,
    b"audit-withdrawn.v1": withdrawn,
    b"moderation-requested.v1": requested,
    b"moderation-done.v1": moderated,
    b"moderation-disputed.v1": disputed,
    b"dispute-settled.v1": settled,
    b"recommendation-made.v1": recommended,
    b"recommendation-followed-up.v1": followed_up,
    b"child-erased.v1": erased,
}


async def run(dsn: str, bootstrap: str, topics: list[str], schema: str) -> tuple[int, float]:
    """Fill a schema of fact tables; return how many messages it read and in how many seconds."""
    begun = time.perf_counter()
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"SET search_path TO {schema}")
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    await reader.start()
    partitions = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
    reader.assign(partitions)
    await reader.seek_to_beginning(*partitions)
    ends = await reader.end_offsets(partitions)
    hand, last, read = Hand(), dict[bytes, int](), 0
    gc.disable()
    while True:
        outstanding = [one for one in partitions if await reader.position(one) < ends[one]]
        if not outstanding:
            break
        for records in (await reader.getmany(timeout_ms=500, max_records=5000)).values():
            for record in records:
                read += 1
                headers = dict(record.headers)
                sequence = int(headers["ce_sequence"])
                if sequence <= last.get(record.key, 0):
                    continue
                last[record.key] = sequence
                stamp = (
                    UUID(record.key.decode()),
                    sequence,
                    datetime.fromisoformat(headers["ce_time"].decode()),
                    datetime.fromisoformat(headers["ce_recordedtime"].decode()),
                    headers["ce_authority"].decode(),
                )
                FOLDS.get(headers["ce_type"], escalated)(hand, stamp, orjson.loads(record.value))
        await write(connection, hand)
    await reader.stop()
    await connection.close()
    return read, time.perf_counter() - begun


async def write(connection: Any, hand: Hand) -> None:
    """Write a batch in one transaction."""
    async with connection.transaction():
        for table, ended in hand.ended.items():
            if not ended:
                continue
            keys = KEYS[table]
            arrays = ", ".join(f"${place}::uuid[]" for place in range(1, len(keys) + 1))
            same = " AND ".join(f"fact.{key} = ended.{key}" for key in keys)
            await connection.execute(
                f"UPDATE {table} AS fact SET known_until = ended.until"
                f" FROM unnest({arrays}, ${len(keys) + 1}::timestamptz[])"
                f" AS ended ({', '.join(keys)}, until) WHERE {same} AND fact.known_until = 'infinity'",
                *map(list, zip(*ended, strict=True)),
            )
            ended.clear()
        for table, fresh in hand.fresh.items():
            hand.rows[table] += map(tuple, fresh.values())
            fresh.clear()
        for table, rows in hand.rows.items():
            if rows:
                await connection.copy_records_to_table(table, records=rows)
                rows.clear()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(*runner.run(run(sys.argv[1], sys.argv[2], sys.argv[4:], sys.argv[3])))

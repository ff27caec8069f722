"""Ten years of a made-up region: ten authorities, and their events written to Kafka in bulk.

The events are those of `tests.support.fact_teller`, told for 2026 and moved to their year. Each year of an authority
is as long as a year, however many audits it holds, so that a window's share of the log is the same at every size.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import uvloop
import yaml
from aiokafka import AIOKafkaProducer

from infra.sample.demonstration import HERE as SAMPLE
from tests.support.fact_log import interleaved
from tests.support.fact_stories import START, Sent, Story
from tests.support.fact_teller import Teller

AUTHORITIES: Final = tuple(f"region-{number:02}" for number in range(1, 11))
YEARS: Final = tuple(range(2016, 2026))
CHUNKS: Final = len(AUTHORITIES) * len(YEARS)
_EVENTS_AN_AUDIT: Final = 6.6
_RECORDED_WITHIN: Final = timedelta(days=335)
_TOLD_YEAR: Final = START.year
_DATED: Final = f'"{_TOLD_YEAR}-'.encode()
_AT_ONCE: Final = 5000


class _Paced(Teller):
    """A teller whose records spread over a year, whatever their number."""

    def __init__(self, seed: int, audits: int) -> None:
        super().__init__(seed)
        self._step = _RECORDED_WITHIN / (audits * _EVENTS_AN_AUDIT)

    def _tick(self) -> datetime:
        self.clock += self._step * self.random.uniform(0.2, 1.8)
        return self.clock


def write_settings(folder: Path) -> Path:
    """Write a settings document for each authority of the region, like that of the sample; return their folder."""
    document = yaml.safe_load((SAMPLE / "authorities" / "northmoor.yaml").read_text(encoding="utf-8"))
    folder.mkdir(parents=True)
    for number, key in enumerate(AUTHORITIES, 1):
        settings = document | {"key": key, "name": f"Region {number}", "valid_from": f"{YEARS[0]}-01-01"}
        (folder / f"{key}.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return folder


def chunk(authority: int, year: int, audits: int) -> Iterator[Sent]:
    """Tell a year of an authority: its tool in the first, audits, an escalation for every tenth, some erasures."""
    seed = authority * 10_000 + year
    teller = _Paced(seed, audits)
    stories: list[Story] = [teller.tool()] if year == YEARS[0] else []
    for number in range(audits):
        story = teller.audit()
        stories.append(story)
        if number % 10 == 0:
            stories.append(teller.escalation())
        if number % 50 == 49 and story.events:
            stories.append(teller.erasure(story.events[0].data["case_reference"]))
    _move(stories, AUTHORITIES[authority], year)
    dated = f'"{year}-'.encode()  # dates in JSON begin with a quote, so no reference is touched
    for topic, message in interleaved(stories, seed):
        yield Sent(topic, message._replace(value=message.value.replace(_DATED, dated)))


def _move(stories: Sequence[Story], authority: str, year: int) -> None:
    for story in stories:
        story.authority = authority
        for told in story.events:
            told.happened_at, told.recorded_at = _in_year(told.happened_at, year), _in_year(told.recorded_at, year)


def _in_year(moment: datetime, year: int) -> datetime:
    return moment.replace(year=moment.year - _TOLD_YEAR + year)


def write_log(bootstrap: str, prefix: str, audits: int, processes: int = 2) -> int:
    """Write the log of a region of so many audits to its topics; return how many messages there are."""
    shares = [range(first, len(AUTHORITIES), processes) for first in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        written = [pool.submit(_write_share, bootstrap, prefix, share, audits // CHUNKS) for share in shares]
        return sum(one.result() for one in written)


def _write_share(bootstrap: str, prefix: str, authorities: Sequence[int], audits: int) -> int:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_send(bootstrap, prefix, authorities, audits))


async def _send(bootstrap: str, prefix: str, authorities: Sequence[int], audits: int) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=20, max_batch_size=1_000_000
    )
    await producer.start()
    written = 0
    try:
        for year in YEARS:
            for authority in authorities:
                for sent in chunk(authority, year, audits):
                    message = sent.message
                    await producer.send(prefix + sent.topic, message.value, message.key, headers=message.headers)
                    written += 1
                    if written % _AT_ONCE == 0:
                        await asyncio.sleep(0)  # sends do not wait: the sender's task has its turn
        await producer.flush()
    finally:
        await producer.stop()
    return written

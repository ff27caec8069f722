"""`sightline rebuild`: reporting's facts anew from the beginning of the log, beside the live ones, then switched to."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Final

import asyncpg
import typer
from aiokafka.errors import KafkaError
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from infra.cli.databases import dsn_of
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from services.reporting.facts.parallel import LoadFailed
from services.reporting.facts.rebuild import Plan, Progress, RebuildRefused, Rebuilt, Step
from services.reporting.facts.rebuild import rebuild as rebuild_facts
from services.reporting.main import TOPICS
from shared.eventstore.database import is_connection_error
from shared.messaging.kafka import KafkaSettings
from shared.messaging.topics import TopicSettings

_MOST_PROCESSES: Final = 16


def rebuild(
    processes: Annotated[int, typer.Option(help="How many processes read the log.", min=1, max=_MOST_PROCESSES)] = 1,
    accept_shorter: Annotated[
        bool, typer.Option("--accept-shorter", help="Switch even if the log lost events that the live facts know.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build the facts of all reports anew from the log, and switch to them when they have caught up.

    Reports go on meanwhile, and so does traffic. Nothing is changed unless it succeeds.
    """
    topics = TopicSettings()
    wanted = Plan(
        dsn=dsn_of("reporting"),
        kafka=KafkaSettings(),
        topics=[topics.name(topic) for topic in TOPICS],
        processes=processes,
        accept_shorter=accept_shorter,
    )
    with Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console,
        disable=as_json or not console.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("looking at the log", total=None)
        done = _run(
            wanted,
            lambda words: bar.update(task, description=words),
            lambda read, of: bar.update(task, completed=read, total=of),
        )
    if as_json:
        print_json(asdict(done))
        return
    console.print(
        f"Rebuilt from {done.messages:,} messages in {done.seconds:.1f} s and switched to {done.schema}; "
        f"{done.parked:,} messages are parked."
    )


def _run(wanted: Plan, step: Step, progress: Progress) -> Rebuilt:
    try:
        return asyncio.run(rebuild_facts(wanted, step, progress))
    except (RebuildRefused, LoadFailed) as refused:
        raise SightlineError(str(refused)) from refused
    except asyncpg.UndefinedTableError as missing:
        raise SightlineError(
            "The reporting database has no tables yet: start the service once, so that it is migrated."
        ) from missing
    except (KafkaError, TimeoutError) as away:
        raise SightlineError(
            "Kafka does not answer: start it (`sightline up`), or correct SIGHTLINE_KAFKA_BOOTSTRAP. "
            "Nothing was changed."
        ) from away
    except Exception as error:
        if is_connection_error(error):
            raise SightlineError(
                "The reporting database does not answer: start it (`sightline up`), or correct "
                "SIGHTLINE_REPORTING_DATABASE. Nothing was changed."
            ) from error
        raise

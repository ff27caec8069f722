"""`sightline republish SERVICE`: a service's whole store onto its topic again, with the same ids and numbers."""

import asyncio
import importlib
from typing import Annotated, Any, Final

import typer
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infra.cli.databases import dsn_of
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from shared.eventstore.database import is_connection_error, open_pool
from shared.eventstore.errors import EventStoreError
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.kafka import KafkaSettings
from shared.messaging.topics import TopicSettings
from shared.outbox.republish import republish as republish_store

SERVICES: Final = ("audit", "escalation", "reporting")


def republish(
    service: Annotated[str, typer.Argument(help="Whose store: audit, escalation or reporting.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Send everything a service ever published to its topic again, for a topic that was lost or replaced.

    Readers ignore what they have; the service itself must be stopped meanwhile.
    """
    if service not in SERVICES:
        raise SightlineError(f"There is no service of that name: it is one of {', '.join(SERVICES)}.")
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn(), console=console,
        disable=as_json or not console.is_terminal,
    ) as bar:  # fmt: skip
        task = bar.add_task("events sent", total=None)
        sent = asyncio.run(_republish(service, lambda count: bar.update(task, completed=count)))
    if as_json:
        print_json({"service": service, "sent": sent})
    else:
        console.print(f"Sent {sent:,} events of {service} again, with the ids they had.")


async def _republish(service: str, progress: Any) -> int:
    parts = importlib.import_module(f"services.{service}.main").build()
    topics = TopicSettings()
    try:
        pool = await open_pool(dsn_of(service), size=4)
        try:
            return await republish_store(
                PostgresEventStore(pool),
                parts.aggregates,
                KafkaSettings(),
                topic_prefix=topics.prefix,
                progress=progress,
            )
        finally:
            await pool.close()
    except EventStoreError as refused:
        raise SightlineError(str(refused)) from refused
    except Exception as error:
        if is_connection_error(error):
            raise SightlineError(
                f"The database of {service} does not answer: start it with `sightline up --only kafka,postgres`."
            ) from error
        raise

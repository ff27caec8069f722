"""Runs one service as one process.

Start: logs, database (waited for), migrations, pool, the service's own parts, then HTTP, relay, consumer and timers
together. A broker that is away delays none of this: relay and consumer wait for it, and readiness says so.
Stop (SIGTERM, SIGINT): no new requests, the batch in hand ends and commits, timers end, the relay sends what it holds,
the pool closes. When a part dies by itself, the process ends with 1, to be started anew by whoever watches it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from shared.eventstore.database import is_connection_error, open_pool
from shared.eventstore.migrations import migrate
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.consumer import Consumer
from shared.messaging.kafka import KafkaSettings
from shared.messaging.topics import TopicSettings
from shared.outbox.relay import Relay
from shared.privacy.master import KeyStoreUnusable
from shared.process.clock import ClockSettings
from shared.process.operations import operations_router
from shared.process.parts import CannotStart, Clock, ConsumerSpec, Opened, Runtime, ServiceParts, Timer, utc_now
from shared.process.probes import DatabaseProbe, TimerProbe, consumer_probe, relay_probe
from shared.process.reach import KafkaProbe, in_trouble
from shared.process.watch import Watch
from shared.telemetry import events, logs, tracing
from shared.telemetry.health import Probe
from shared.web.app import create_app
from shared.web.settings import WebSettings

log = logs.get_logger()
EXIT_FAILED = 1
EXIT_SETTINGS = 2
_WAIT_FOR_DATABASE_SECONDS = 1.0
_GRACE_SECONDS = 20

events.register(
    events.LogEvent("service_starting", "info", (), "The process begins.", "Nothing."),
    events.LogEvent("service_started", "info", ("port",), "HTTP is open; relay, consumer and timers run.", "Nothing."),
    events.LogEvent("service_stopping", "info", (), "The process was asked to stop and drains.", "Nothing."),
    events.LogEvent("service_stopped", "info", (), "The process has ended as asked.", "Nothing."),
    events.LogEvent(
        "database_awaited",
        "warning",
        ("error",),
        "The database does not answer; the process waits for it.",
        "Start the database, or correct the service's DATABASE setting.",
    ),
    events.LogEvent(
        "part_died",
        "error",
        ("part", "error", "where"),
        "A part of the process ended by itself; the process ends with 1.",
        "It is started anew by the supervisor; if it repeats, look at `error` and `where`.",
    ),
    events.LogEvent(
        "timer_failed",
        "error",
        ("timer", "error", "where"),
        "A timer's round failed; what was due is still due and is tried again.",
        "If it repeats, look at `error` and `where`.",
    ),
)


def main(build: Callable[[], ServiceParts]) -> None:
    """Run a service from the command line: `build` reads settings and gives the parts.

    Exit code 0 after an asked-for stop, 1 when a part died, 2 when settings are wrong (said in a sentence).
    """
    try:
        parts = build()
        kafka, topics, web = KafkaSettings(), TopicSettings(), WebSettings()
        verifier_known = web.verifier()
        clock = ClockSettings().clock(local=web.local)
    except ValidationError as invalid:
        for problem in invalid.errors(include_input=False):
            place = ".".join(str(part) for part in problem["loc"])
            named = f"{_variable_prefix(invalid.title)}{place.upper()}: " if place else ""
            sys.stderr.write(f"Settings: {named}{problem['msg']}\n")
        raise SystemExit(EXIT_SETTINGS) from None
    except (ValueError, OSError) as wrong:
        sys.stderr.write(f"Settings: {wrong}\n")
        raise SystemExit(EXIT_SETTINGS) from None
    del verifier_known  # built anew inside the loop it is used in
    logs.configure(parts.name)
    try:
        tracing.configure(parts.name)
    except tracing.TracingMisconfigured as wrong:
        sys.stderr.write(f"Settings: {wrong}\n")
        raise SystemExit(EXIT_SETTINGS) from None
    loop_factory = _uvloop(kafka)
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            code = runner.run(run_service(parts, kafka, topics, web, clock))
    except CannotStart as reason:
        sys.stderr.write(f"{parts.name}: {reason}\n")
        raise SystemExit(EXIT_SETTINGS) from None
    except KeyStoreUnusable as unusable:
        sys.stderr.write(f"Key store: {unusable}\n")
        raise SystemExit(EXIT_SETTINGS) from None
    raise SystemExit(code)


def _variable_prefix(model: str) -> str:
    """Give what stands before a setting's name in the environment, by the name of its settings model."""
    prefixes = {one.__name__: str(one.model_config.get("env_prefix", "")) for one in BaseSettings.__subclasses__()}
    return prefixes.get(model, "")


async def run_service(
    parts: ServiceParts, kafka: KafkaSettings, topics: TopicSettings, web: WebSettings, clock: Clock = utc_now
) -> int:
    """Run until asked to stop or until a part dies; give the exit code."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    log.info("service_starting")
    if not await _migrated(parts, stop):
        return 0
    pool = await open_pool(parts.database, size=parts.pool_size)
    try:
        store = PostgresEventStore(pool, beside=parts.beside)
        relay = Relay(parts.database, kafka, parts.name, topic_prefix=topics.prefix)
        runtime = Runtime(parts.name, pool, store, relay.wake, kafka, topics, web, clock)
        async with parts.open(runtime) as opened:
            code = await _run_parts(parts, runtime, relay, opened, stop)
    finally:
        await pool.close()
    if code == 0:
        log.info("service_stopped")
    return code


async def _migrated(parts: ServiceParts, stop: asyncio.Event) -> bool:
    """Migrate, however long the database takes to be there; False when asked to stop before."""
    while not stop.is_set():
        try:
            await migrate(parts.database, parts.migrations)
        except Exception as error:
            if not is_connection_error(error):
                raise
            log.warning("database_awaited", error=error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _WAIT_FOR_DATABASE_SECONDS)
        else:
            return True
    return False


async def _run_parts(parts: ServiceParts, runtime: Runtime, relay: Relay, opened: Opened, stop: asyncio.Event) -> int:
    consumer = _consumer(parts, runtime, opened.consumer) if opened.consumer else None
    timers = {timer.name: TimerProbe(timer.name, timer.every_seconds) for timer in opened.timers}
    database = DatabaseProbe(runtime.pool)
    reach = KafkaProbe(runtime.kafka, in_trouble(relay, consumer))
    probes: list[Probe] = [database, reach, relay_probe(relay), *timers.values(), *opened.probes]
    if consumer:
        probes.append(consumer_probe(consumer))
    watch = Watch(
        runtime, relay, consumer, opened.overdue, database, notices=opened.notices, attention=opened.attention
    )
    operations = operations_router(parts.name, probes, watch.figures)
    options: dict[str, Any] = {} if opened.body_limit is None else {"body_limit": opened.body_limit}
    app = create_app(
        parts.title,
        parts.name,
        runtime.web.verifier(),
        [operations, *opened.routers],
        probes,
        sign_in=runtime.web.sign_in(),
        page=opened.page,
        static=opened.static,
        error_types=opened.error_types,
        **options,
    )
    server = _Server(_uvicorn_config(app, runtime.web.host, parts.port))
    running = {
        "http": asyncio.create_task(server.serve()),
        "watch": asyncio.create_task(watch.run()),
        "kafka": asyncio.create_task(reach.run()),
        "relay": asyncio.create_task(_relay(relay)),
        **{f"timer {timer.name}": asyncio.create_task(_turn(timer, timers[timer.name])) for timer in opened.timers},
    }
    if consumer and opened.consumer:
        running["consumer"] = asyncio.create_task(_consume(consumer, opened.consumer))
    asked = asyncio.create_task(stop.wait())
    try:
        died = await _first_death(running, asked, parts.port)
        log.info("service_stopping")
    finally:
        asked.cancel()
        await _stop(server, running, consumer, relay)
    return EXIT_FAILED if died else 0


def _consumer(parts: ServiceParts, runtime: Runtime, spec: ConsumerSpec) -> Consumer:
    return Consumer(
        service=parts.name,
        group=runtime.topics.name(f"sightline.{parts.name}"),
        topics=[runtime.topics.name(topic) for topic in spec.topics],
        handler=spec.handler,
        pool=runtime.pool,
        kafka=runtime.kafka,
        interested=spec.interested,
        on_discard=spec.on_discard,
    )


async def _relay(relay: Relay) -> None:
    """Relay until it ends, which ends the process; a topic ahead of the store only holds up the sending."""
    await relay.start()
    await relay.wait()
    raise RuntimeError("the relay ended")


async def _consume(consumer: Consumer, spec: ConsumerSpec) -> None:
    if spec.after is not None:
        await spec.after()
    await consumer.start()
    await consumer.wait_dead()
    raise RuntimeError("the consumer died")


async def _first_death(running: dict[str, asyncio.Task[None]], asked: asyncio.Task[bool], port: int) -> bool:
    """Wait until asked to stop (False) or until a part has ended by itself (True)."""
    log.info("service_started", port=port)
    pending: set[asyncio.Task[Any]] = {asked, *running.values()}
    while True:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if asked in done:
            return False
        for name, task in running.items():
            if task not in done:
                continue
            log.error("part_died", part=name, error=task.exception() or RuntimeError(name))
            return True


async def _stop(
    server: _Server, running: dict[str, asyncio.Task[None]], consumer: Consumer | None, relay: Relay
) -> None:
    server.should_exit = True
    await asyncio.wait([running["http"]], timeout=_GRACE_SECONDS)
    if consumer:
        await consumer.stop()
    for name, task in running.items():
        if name != "http":
            task.cancel()
    await asyncio.gather(*running.values(), return_exceptions=True)
    await relay.stop()


async def _turn(timer: Timer, probe: TimerProbe) -> None:
    """Run a timer's work for ever; one failed round is logged and the next one tries again."""
    while True:
        try:
            await timer.run()
            probe.turned()
        except Exception as error:  # logged, shown by the probe, and tried again: nothing is lost
            probe.failed()
            log.exception("timer_failed", timer=timer.name, error=error)
        await asyncio.sleep(timer.every_seconds)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process has one, for all its parts."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `run_service`."""
        yield


def _uvicorn_config(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _uvloop(kafka: KafkaSettings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Give the quicker loop, but not to a TLS client of Kafka.

    Over TLS a question to a broker now and then stays without its answer on uvloop 0.23 (one start in six or so, until
    the relay gives up after 30 seconds); on asyncio's own loop that was never seen.
    """
    if kafka.uses_tls:
        return None
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop

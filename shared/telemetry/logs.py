"""Log lines as JSON on standard output: one event a line, ids and codes only, nothing a child could be known by.

Name events in snake case and give facts as fields: `log.info("outbox_sent", sent=12)`. The name is registered in
`shared.telemetry.events`; fields are held to `shared.telemetry.fields`. Exceptions are written as their class and the
line they were raised at, never with their message: a database error quotes the row it refused.
"""

import logging
import sys
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

import orjson
import structlog
from structlog.typing import FilteringBoundLogger

from shared.telemetry import context, fields, metrics

_ROOT = Path(__file__).resolve().parents[2]
_TEMPLATES_KEPT_OF = ("aiokafka", "uvicorn", "asyncio", "faststream", "kafka")
_PIPELINE = ("timestamp", "level", "event", "service")
_REPEATS_ALLOWED = 5
_REPEATS_WINDOW_SECONDS = 30.0


class _Output:
    """Where lines go: standard error until `configure` was called (commands, tests), standard output after."""

    service = "-"
    stream: IO[str] | None = None

    def write(self, line: str) -> None:
        stream = self.stream or sys.stderr
        stream.write(line + "\n")
        stream.flush()

    debug = info = warning = error = critical = exception = msg = write


_output = _Output()


def configure(service: str, *, stream: IO[str] | None = None, level: int = logging.INFO) -> None:
    """Write this process's lines to standard output under the service's name; libraries' logging goes there too."""
    _output.service = service
    _output.stream = stream or sys.stdout
    root = logging.getLogger()
    root.handlers = [_FromLibraries()]
    root.setLevel(max(level, logging.INFO))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "faststream"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # its lines carry addresses with their values
    for name in ("aiokafka", "httpx", "httpcore", "faststream", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def get_logger() -> FilteringBoundLogger:
    """Give the logger; the same for everyone, since what a line belongs to is carried by `context.bind`."""
    return _logger


def where(error: BaseException) -> str:
    """Give the place an exception was raised at, as `shared/eventstore/postgres.py:120`."""
    place: TracebackType | None = error.__traceback__
    if place is None:
        return "-"
    ours = place
    while place is not None:
        if _ROOT in Path(place.tb_frame.f_code.co_filename).parents and "site-packages" not in (
            place.tb_frame.f_code.co_filename
        ):
            ours = place
        place = place.tb_next
    return _short(ours.tb_frame.f_code.co_filename, ours.tb_lineno)


def _short(file: str, line: int) -> str:
    path = Path(file)
    inside = path.relative_to(_ROOT) if _ROOT in path.parents else Path(*path.parts[-2:])
    if "site-packages" in inside.parts:
        inside = Path(*inside.parts[inside.parts.index("site-packages") + 1 :])
    return f"{inside.as_posix()}:{line}"


def _exceptions(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace an exception by its class and place."""
    info = event.pop("exc_info", None)
    error = event.get("error")
    if info is True:
        info = sys.exc_info()
    if isinstance(info, tuple):
        info = info[1]
    error = info if isinstance(info, BaseException) else error
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event.setdefault("where", where(error))
    return event


def _shape(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep what may be written and put the pipeline's own members in front."""
    name = event.pop("event", "")
    kept, refused = fields.clean({**context.bound(), **event})
    if refused:
        metrics.LOG_FIELDS_DROPPED.inc(refused)
        kept["dropped_fields"] = refused
    return {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": "error" if method in {"exception", "critical"} else method,
        "event": name if isinstance(name, str) and name.replace("_", "").isalnum() and name.isascii() else "unnamed",
        "service": _output.service,
        **{key: value for key, value in kept.items() if key not in _PIPELINE},
    }


def _render(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(dict(event)).decode()


_logger = cast(
    "FilteringBoundLogger",
    structlog.wrap_logger(
        _output,
        processors=[_exceptions, _shape, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    ),
)


class _FromLibraries(logging.Handler):
    """Passes a library's log record on as `library_logged`: who, where, which error; values never.

    A library that says the same thing over and over (a Kafka client without its broker) is written five times in
    half a minute, then counted in `repeats` of the next line.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[str, tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, unless it repeats too often."""
        place = _short(record.pathname, record.lineno)
        now = time.monotonic()
        since, count = self._seen.get(place, (now, 0))
        over = 0
        if now - since > _REPEATS_WINDOW_SECONDS:
            over, since, count = max(0, count - _REPEATS_ALLOWED), now, 0
        self._seen[place] = (since, count + 1)
        if count >= _REPEATS_ALLOWED:
            return
        known: dict[str, Any] = {"logger": record.name, "where": place}
        if record.exc_info and record.exc_info[1]:
            known["error"] = type(record.exc_info[1]).__name__
        if record.args and isinstance(record.msg, str) and record.name.split(".")[0] in _TEMPLATES_KEPT_OF:
            known["template"] = fields.Template(record.msg[:200])
        if over:
            known["repeats"] = over
        level = (
            "error" if record.levelno >= logging.ERROR else "warning" if record.levelno >= logging.WARNING else "info"
        )
        getattr(_logger, level)("library_logged", **known)

"""docs/operations.md is made from the registries: every log event and metric used in the code is in them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

import services
import shared
from shared.telemetry import fields, metrics
from shared.telemetry.events import LOG_EVENTS, LogEvent, register

ROOT = Path(__file__).parents[3]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
LOGGERS = {"log", "_log", "logger", "_logger"}


def _calls() -> Iterator[tuple[str, str, str, list[str]]]:
    """Every call such as `log.info("name", field=...)` in the shipped code that uses our logger."""
    for folder in ("shared", "services", "infra"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            if "get_logger()" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in LEVELS
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in LOGGERS
                    and node.args
                ):
                    place = f"{file.relative_to(ROOT)}:{node.lineno}"
                    first = node.args[0]
                    name = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
                    yield place, node.func.attr, name, [key.arg for key in node.keywords if key.arg]


@pytest.fixture(scope="module", autouse=True)
def _everything_is_imported() -> None:
    for package in (shared, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(("__main__", ".main")):
                importlib.import_module(module.name)


def test_every_log_event_in_the_code_is_registered_with_its_level_and_fields() -> None:
    wrong: list[str] = []
    calls = list(_calls())
    assert len(calls) > 10
    for place, level, name, given in calls:
        known = LOG_EVENTS.get(name)
        if known is None:
            wrong.append(f"{place}: the log event {name or '(not a literal)'} is not registered")
            continue
        if level not in {known.level, "exception"}:
            wrong.append(f"{place}: {name} is registered as {known.level} and logged as {level}")
        unknown = sorted(set(given) - set(known.fields) - {"exc_info"})
        wrong.extend(f"{place}: {name} has the field {field}, which is not registered for it" for field in unknown)
    assert not wrong, "\n".join(wrong)


def test_every_registered_event_is_described_and_its_fields_are_allowed() -> None:
    assert LOG_EVENTS
    for event in LOG_EVENTS.values():
        assert event.means.endswith("."), event.name
        assert event.what_to_do.endswith("."), event.name
        assert set(event.fields) <= fields.ALLOWED, event.name


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        register(LogEvent("request_handled", "error", (), "Another.", "Another."))
    register(LOG_EVENTS["request_handled"])


def test_every_metric_is_counted_somewhere() -> None:
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for folder in ("shared", "services", "infra")
        for file in (ROOT / folder).rglob("*.py")
    )
    names = [name for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)]
    assert [name for name in names if f"metrics.{name}" not in code] == []


def test_the_listing_has_every_metric_that_is_exposed() -> None:
    listed = {one.name for one in metrics.listing()}
    exposed = {line.split(" ")[2] for line in metrics.exposition().decode().splitlines() if line.startswith("# TYPE")}
    exposed = {name for name in exposed if not name.endswith("_created")}
    assert exposed == listed
    assert all(one.about and one.name.startswith("sightline_") for one in metrics.listing())

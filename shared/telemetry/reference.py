"""The tables docs/operations.md is made of: every log event, every metric, every setting, from their registries."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from shared.telemetry import metrics
from shared.telemetry.events import LOG_EVENTS

_ALWAYS = (
    "`timestamp`, `level`, `event`, `service`, and where known `correlation_id`, `causation_id`, `stream_id`, "
    "`event_id`, `authority`"
)


def log_events_table() -> str:
    """Give every registered log event as a Markdown table; packages register theirs when they are imported."""
    rows = [
        (f"`{one.name}`", one.level, ", ".join(f"`{field}`" for field in one.fields), one.means, one.what_to_do)
        for one in sorted(LOG_EVENTS.values(), key=lambda event: event.name)
    ]
    return f"Every line has {_ALWAYS}.\n\n" + _table(
        ("event", "level", "own fields", "what happened", "what to do"), rows
    )


def metrics_table() -> str:
    """Give every metric as a Markdown table."""
    rows = [
        (f"`{one.name}`", one.kind, ", ".join(f"`{label}`" for label in one.labels), one.about)
        for one in metrics.listing()
    ]
    return _table(("metric", "kind", "labels", "what it counts"), rows)


def settings_table(models: Iterable[type[BaseModel]], *, prefix: str = "SIGHTLINE_") -> str:
    """Give every setting of these models as a Markdown table; one that several services share is listed once."""
    found: dict[str, tuple[str, str, str]] = {}
    for model in models:
        own = str(model.model_config.get("env_prefix", prefix))
        for name, field in model.model_fields.items():
            variable = f"{own}{name}".upper()
            found.setdefault(variable, (f"`{variable}`", _default(field), field.description or ""))
    return _table(("setting", "default", "what it is"), [found[name] for name in sorted(found)])


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "needed" if field.is_required() else "made at start"
    value: Any = field.default
    return "none" if value in {None, ""} else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"

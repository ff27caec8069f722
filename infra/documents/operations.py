"""`python -m infra.documents.operations`: writes the reference half of docs/operations.md anew.

Every setting (from the settings models), every log event (from its registry), every metric. What stands before the
mark in the page is written by hand and stays. A test holds the page to this.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from shared.telemetry import metrics
from shared.telemetry.events import LOG_EVENTS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
MARK: Final = "<!-- From here on made from the code: python -m infra.documents.operations -->"
_PACKAGES: Final = ("shared", "services", "infra")
_NOT_IMPORTED: Final = ("__main__",)  # these run when they are imported

OTHER_SETTINGS: Final = (
    ("SIGHTLINE_CACHE", "~/.cache", "Where Kafka's jars are kept once they were fetched (embedded stack)."),
    ("SIGHTLINE_MAVEN", "", "Another Maven repository to fetch Kafka's jars from (embedded stack)."),
    ("SIGHTLINE_DEBUG", "", "Set to 1, a command that fails inside shows its traceback."),
    ("SIGHTLINE_AUDIT_URL", "", "Where commands find the audit service, if not on SIGHTLINE_HOST and its port."),
    ("SIGHTLINE_ESCALATION_URL", "", "The same for the escalation service."),
    ("SIGHTLINE_REPORTING_URL", "", "The same for the reporting service."),
    ("SIGHTLINE_TOKEN", "", "The bearer token of commands that ask a service; without it the local issuer makes one."),
    ("SIGHTLINE_PROVISION_POSTGRES", "", "For `python -m infra.provision`: the administrator's DSN."),
    ("SIGHTLINE_MASTER_KEY", "", "For `--with-keys` of it: 32 random bytes in base64."),
)  # fmt: skip


def modules() -> Iterator[str]:
    """Give the name of every module of ours that may be imported."""
    for package in _PACKAGES:
        root = importlib.import_module(package)
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not found.name.endswith(_NOT_IMPORTED):
                yield found.name


def settings_models() -> list[type[BaseSettings]]:
    """Give every settings model of ours, in the order of its name."""
    for name in modules():
        importlib.import_module(name)
    found = {model for model in _below(BaseSettings) if model.__module__.split(".")[0] in _PACKAGES}
    return sorted(found, key=lambda model: (model.__module__, model.__name__))


def _below(model: type[BaseSettings]) -> Iterator[type[BaseSettings]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def reference() -> str:
    """Return the reference as Markdown."""
    models = settings_models()
    return "\n".join([MARK, "", *_settings(models), *_log_events(), *_metrics()]) + "\n"


def _settings(models: Iterable[type[BaseSettings]]) -> Iterator[str]:
    yield "## Every setting"
    yield ""
    yield "All are environment variables. A value that cannot be used is refused at the start, in a sentence."
    for model in models:
        prefix = str(model.model_config.get("env_prefix", ""))
        yield ""
        yield f"### {(model.__doc__ or model.__name__).splitlines()[0].rstrip('.')}"
        yield ""
        yield "| setting | default | what it is |"
        yield "|---|---|---|"
        for name, field in model.model_fields.items():
            yield f"| `{prefix}{name.upper()}` | {_default(field)} | {_cell(field.description or '')} |"
    yield ""
    yield "### Commands and the embedded stack"
    yield ""
    yield "| setting | default | what it is |"
    yield "|---|---|---|"
    for name, default, about in OTHER_SETTINGS:
        yield f"| `{name}` | {f'`{default}`' if default else ''} | {_cell(about)} |"
    yield ""


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "none: must be set" if field.is_required() else ""
    return "" if field.default in {None, ""} else f"`{field.default}`"


def _log_events() -> Iterator[str]:
    yield "## Every log event"
    yield ""
    yield "One JSON object a line. Beside its own fields each carries `timestamp`, `level`, `service`, and, where there"
    yield "is one, `correlation_id`, `causation_id`, `stream_id` and `event_id`."
    yield ""
    yield "| event | level | fields | it means | what to do |"
    yield "|---|---|---|---|---|"
    for name in sorted(LOG_EVENTS):
        event = LOG_EVENTS[name]
        fields = ", ".join(f"`{field}`" for field in event.fields)
        yield f"| `{name}` | {event.level} | {fields} | {_cell(event.means)} | {_cell(event.what_to_do)} |"
    yield ""


def _metrics() -> Iterator[str]:
    yield "## Every metric"
    yield ""
    yield "In Prometheus's text format at `/metrics` of each service."
    yield ""
    yield "| metric | kind | labels | it counts |"
    yield "|---|---|---|---|"
    for one in metrics.listing():
        yield f"| `{one.name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels)} | {_cell(one.about)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(by_hand: str) -> str:
    """Return the whole page: what was written by hand, and the reference anew."""
    return by_hand.split(MARK, maxsplit=1)[0].rstrip() + "\n\n" + reference()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))

"""`python -m infra.documents.operations`: writes the reference half of docs/operations.md anew.

Every setting (from the settings models), every log event (from its registry), every metric. What stands before the
mark in the page is written by hand and stays. A test holds the page to this.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic_settings import BaseSettings

from shared.telemetry.reference import log_events_table, metrics_table, settings_table

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
MARK: Final = "<!-- From here on made from the code: python -m infra.documents.operations -->"
_PACKAGES: Final = ("shared", "services", "infra")
_NOT_IMPORTED: Final = ("__main__",)  # these run when they are imported

_SETTINGS_WORDS: Final = (
    "All are environment variables. A value that cannot be used is refused at the start, in a sentence."
)

OTHER_SETTINGS: Final = (
    ("SIGHTLINE_CACHE", "~/.cache/sightline", "Where Kafka's jars are kept once they were fetched (embedded stack)."),
    ("SIGHTLINE_KAFKA_PORT", "", "Port of the embedded Kafka; a free one is chosen at the first start and kept."),
    ("SIGHTLINE_KAFKA_CONTROLLER_PORT", "", "The same for its controller."),
    ("SIGHTLINE_POSTGRES_PORT", "", "The same for the embedded PostgreSQL."),
    ("SIGHTLINE_MAVEN", "", "Another Maven repository to fetch Kafka's jars from (embedded stack)."),
    ("SIGHTLINE_DEBUG", "", "Set to 1, a command that fails inside shows its traceback."),
    ("SIGHTLINE_AUDIT_URL", "", "Where commands find the audit service, if not on SIGHTLINE_HOST and its port."),
    ("SIGHTLINE_ESCALATION_URL", "", "The same for the escalation service."),
    ("SIGHTLINE_REPORTING_URL", "", "The same for the reporting service."),
    ("SIGHTLINE_REPORTING_PUBLIC_URL", "", "Where browsers find it, for the links that `sightline demo` prints."),
    ("SIGHTLINE_TOKEN", "", "The bearer token of commands that ask a service; without it the local issuer makes one."),
    ("SIGHTLINE_PROVISION_POSTGRES", "", "For `python -m infra.provision`: the administrator's DSN."),
    ("SIGHTLINE_PROVISION_WAIT_SECONDS", "60", "For it: how long servers that do not answer yet are waited for."),
    ("SIGHTLINE_FAILPOINT", "", "Tests only: where a process kills itself; without SIGHTLINE_LOCAL it does nothing."),
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
    parts = [MARK, "## Every setting", _SETTINGS_WORDS]
    for model in settings_models():
        parts += [f"### {(model.__doc__ or model.__name__).splitlines()[0].rstrip('.')}", settings_table([model])]
    parts += ["### Commands and the embedded stack", _other_settings()]
    parts += ["## Every log event", "One JSON object a line on standard output.", log_events_table()]
    parts += ["## Every metric", "In Prometheus's text format at `/metrics` of each service.", metrics_table()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _other_settings() -> str:
    rows = [
        f"| `{name}` | {f'`{default}`' if default else 'none'} | {about} |" for name, default, about in OTHER_SETTINGS
    ]
    return "\n".join(["| setting | default | what it is |", "| --- | --- | --- |", *rows])


def page(by_hand: str) -> str:
    """Return the whole page: what was written by hand, and the reference anew."""
    return by_hand.split(MARK, maxsplit=1)[0].rstrip() + "\n\n" + reference()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))

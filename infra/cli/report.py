"""`sightline report`: a report or board page as a file, of the same figures as the service's pages."""

import base64
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from infra.cli.addresses import shown_address_of
from infra.cli.audit_service import download
from infra.cli.show import console
from infra.errors import SightlineError
from shared.pages.rendering import STATIC
from shared.web.principal import Role

PATHS: Final = {
    "triannual": "/reports/triannual",
    "quality-board": "/boards/quality",
    "corporate-parenting": "/boards/corporate-parenting",
    "consistency": "/reports/consistency",
}

_STYLES: Final = re.compile(r'<link rel="(?:icon|stylesheet)"[^>]*>\n?')
_ASSET: Final = re.compile(r'url\("([a-z0-9.-]+)"\)')
_TYPES: Final = {".woff2": "font/woff2", ".svg": "image/svg+xml"}


class Kind(StrEnum):
    """Which report."""

    TRIANNUAL = "triannual"
    QUALITY_BOARD = "quality-board"
    CORPORATE_PARENTING = "corporate-parenting"
    CONSISTENCY = "consistency"


class Format(StrEnum):
    """What the file is."""

    HTML = "html"
    JSON = "json"
    CSV = "csv"

    @property
    def suffix(self) -> str:
        """Return what the service's address ends with for it."""
        return "" if self is Format.HTML else f".{self.value}"


def report(
    kind: Annotated[Kind, typer.Argument(help="Which report.")],
    *,
    authority: Annotated[str, typer.Option(help="Key of the authority.")],
    window: Annotated[
        str | None, typer.Option(help="First month of the window, such as 2026-06; else the latest.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="A page, JSON, or CSV with every figure.")] = Format.HTML,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else standard output.")] = None,
    known_at: Annotated[str | None, typer.Option(help="As it was known at the end of a day, or at a moment.")] = None,
    table: Annotated[str | None, typer.Option(help="For CSV: one table, by its id.")] = None,
    area: Annotated[str | None, typer.Option(help="One area alone, live, for the QA unit.")] = None,
    service: Annotated[str | None, typer.Option(help="One service alone, live, for the QA unit.")] = None,
    months: Annotated[
        str | None, typer.Option(help="Windows of 1, 3 or 12 months, live, for the QA unit; else the authority's own.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a report: live figures for the QA unit, published ones for others, as SIGHTLINE_TOKEN says who asks.

    Without a token it is asked for as this computer's QA unit. A page is one file with its styles in it.
    """
    if output is not None and output.exists() and not force:
        raise SightlineError(f"{output} is there already: name another file, or write over it with --force.")
    query = {"authority": authority, "window": window, "known_at": known_at, "table": table}
    query |= {"area": area, "service": service, "months": months}
    content = download(
        f"{PATHS[kind]}{format_.suffix}",
        authority,
        role=Role.QA_OFFICER,
        service="reporting",
        params={name: value for name, value in query.items() if value is not None},
    )
    if format_ is Format.HTML:
        content = alone(content.decode(), shown_address_of("reporting")).encode()
    if output is None:
        typer.get_binary_stream("stdout").write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise SightlineError(f"{output} cannot be written: {error.strerror}. Name another file.") from error
    console.print(f"Wrote {output} ({len(content):,} bytes).")


def alone(page: str, address: str) -> str:
    """Return a page as one file: styles and font within it, and links that lead to the service."""
    styles = _ASSET.sub(lambda found: f'url("{_as_data(found[1])}")', (STATIC / "pages.css").read_text("utf-8"))
    page = _STYLES.sub("", page).replace("</head>", f"<style>\n{styles}</style>\n</head>", 1)
    return page.replace('href="/', f'href="{address}/').replace('action="/', f'action="{address}/')


def _as_data(name: str) -> str:
    encoded = base64.b64encode((STATIC / name).read_bytes()).decode()
    return f"data:{_TYPES[Path(name).suffix]};base64,{encoded}"

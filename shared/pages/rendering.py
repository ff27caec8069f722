"""Rendering: a service's templates within the shared frame, and a refusal as a page.

A template extends `base.html`, which lies here with the styles and the font. A value that a template asks for and does
not get is an error, never a blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from shared.calendar import words
from shared.web.problems import Problem

STATIC: Final = Path(__file__).parent / "static"
"""The styles and the font of the pages, to be served under /static."""

HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""No page asks another host for anything, runs a script but those served beside its styles, or is kept by a cache."""

_TITLES: Final = {401: "Please sign in", 403: "This page is not for your role", 404: "Not found"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words."""

    href: str
    text: str


def pages_of(package: str) -> Environment:
    """Return the environment of a package's own templates, with the shared frame and filters."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("shared.pages")]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": words.day, "moment": words.moment, "long_date": words.long_date}
    return environment


def render(environment: Environment, template: str, values: Mapping[str, Any]) -> str:
    """Return a page; raises jinja2's `UndefinedError` for a value the template asks for and does not get."""
    page = environment.get_template(template).render(**values)
    return page.replace("&#39;", "\N{RIGHT SINGLE QUOTATION MARK}")


def message_page(
    environment: Environment,
    problem: Problem,
    instance: str | None = None,
    *,
    title: str = "",
    sentence: str = "",
    authority_name: str = "",
    heading: str = "Where to go",
    links: Sequence[Link] = (Link("/", "Start page"),),
) -> HTMLResponse:
    """Return a problem as a page with its sentence; `instance` is the number to give whoever looks after a fault."""
    told = " ".join([problem.detail, *(f"{one.message} {one.way_out}".strip() for one in problem.problems)])
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        told = "Open the page again. If it fails again, tell whoever runs Sightline"
        told += f" this number: {instance}." if instance else "."
    if problem.status == HTTPStatus.UNAUTHORIZED:
        links = ()  # every page would ask the same
        if problem.type == "no-token":
            told = (
                "Open the link to Sightline that you were given: it signs you in. If it has run out, ask whoever runs "
                "Sightline for a new one; for the demonstration, sightline demo prints them anew."
            )
    values = {
        "title": title or _TITLES.get(problem.status, problem.title),
        "sentence": sentence or told,
        "authority_name": authority_name,
        "links": links,
        "links_heading": heading,
    }
    page = render(environment, "message.html", values)
    return HTMLResponse(page, problem.status, headers={**HEADERS, **problem.headers})

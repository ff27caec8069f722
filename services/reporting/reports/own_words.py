"""A report in an authority's own words: sentences and headings name roles and levels by their codes in braces.

Figures know nothing of it. A report keeps the words it was printed with, so that it can be made again in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from services.reporting.reports.figures import Definition, Report
from services.reporting.reports.measures import MEASURES
from shared.authority.names import Names
from shared.authority.settings import AuthoritySettings


def said(report: Report, names: Names) -> Report:
    """Return a report with every sentence, heading and label in the authority's words, which stand beside them."""
    made: Report = _said(report, names.say)
    return made.model_copy(update={"words": names})


def measures_in(names: Names) -> tuple[Definition, ...]:
    """Return every measure in an authority's words."""
    made: tuple[Definition, ...] = _said(MEASURES, names.say)
    return made


def as_printed(settings: AuthoritySettings, report: Report) -> AuthoritySettings:
    """Return the settings with the words that a published report was printed with, whatever they say today.

    A report of before it kept them was printed in the usual words, with the authority's names for kinds of audit.
    """
    names = Names(kinds=settings.names.kinds) if report.words is None else report.words
    return settings.model_copy(update={"names": names})


def _said(value: Any, say: Callable[[str], str]) -> Any:
    match value:
        case str():
            return say(value) if "{" in value else value
        case tuple():
            return tuple(_said(one, say) for one in value)
        case dict():
            return {key: _said(one, say) for key, one in value.items()}
        case BaseModel():
            fields = {name: getattr(value, name) for name in type(value).model_fields}
            changed = {name: new for name, old in fields.items() if (new := _said(old, say)) != old}
            return value.model_copy(update=changed) if changed else value
    return value

"""What readers outside the QA unit get: published reports, rendered as they were published, and nothing live."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response
from fastapi.responses import RedirectResponse

from services.reporting.pages import view
from services.reporting.pages.access import may_open
from services.reporting.pages.desk import Desk, NotPublished, window_of
from services.reporting.pages.forms import Wanted, answer
from services.reporting.pages.view import Edition
from services.reporting.publications import storing
from services.reporting.publications.storing import Publication
from services.reporting.reports.build import Kind
from shared.authority.settings import AuthoritySettings
from shared.calendar import words
from shared.eventstore.database import borrow
from shared.pages.rendering import HEADERS, Link
from shared.web.principal import Principal


async def published_report(desk: Desk, principal: Principal, settings: AuthoritySettings, wanted: Wanted) -> Response:
    """Give a window's published report, or lead to the newest one where no window is named.

    Raises:
        NotPublished: the QA unit has not published it, whether it has figures or not.

    """
    kind, key = wanted.kind, wanted.window
    async with borrow(desk.pool) as connection:
        everything = await storing.published(connection, settings.key)
        own = [one for one in everything if one.kind == kind]
        if key is None and own:
            target = view.address(kind, settings.key, own[0], wanted.form.suffix)
            return RedirectResponse(target, 303, headers=HEADERS)
        versions = [one for one in await storing.versions(connection, settings.key, key or "") if one.kind == kind]
        asked = next((one for one in versions if wanted.version in {None, one.version}), None)
        if asked is None and versions:
            raise _no_such_version(kind, settings, versions)
        if asked is None:
            raise _not_published(kind, settings, key, own)
        report = await storing.content(connection, settings.key, asked)
    siblings = [
        Link(view.address(one.kind, settings.key, one), f"{view.TITLES[one.kind]} of this window")
        for one in everything
        if one.key == key and one.kind != kind and may_open(principal, one.kind)
    ]
    return answer(
        wanted,
        report,
        asked.fresh,
        lambda: view.report_page(report, asked.fresh, own, siblings, edition=_edition(settings, asked, versions)),
        publication={
            "published_at": asked.published_at,
            "sha256": asked.sha256,
            "version": asked.version,
            "superseded_by": versions[0].version if asked.version < versions[0].version else None,
        },
    )


def _edition(settings: AuthoritySettings, asked: Publication, versions: Sequence[Publication]) -> Edition:
    """Return which version is shown, with ways to the one after it and the one before it."""
    newest, older = versions[0], next((one for one in versions if one.version < asked.version), None)
    return Edition(
        asked.version,
        asked.published_at,
        newer=_to_version(settings, newest) if asked.version < newest.version else None,
        newer_at=newest.published_at,
        older=None if older is None else _to_version(settings, older),
    )


def _to_version(settings: AuthoritySettings, one: Publication) -> Link:
    return Link(view.address(one.kind, settings.key, one, version=one.version), f"version {one.version}")


def standing(publications: Sequence[Publication], kind: Kind, key: str, *, ended: bool) -> str:
    """Return the sentence for the QA unit that says whether others read a window, and since when."""
    found = next((one for one in publications if (one.kind, one.key) == (kind, key)), None)
    if found is not None:
        version = f" (version {found.version})" if found.version > 1 else ""
        return (
            f"Published on {words.day(found.published_at)}{version}: readers outside the QA unit see the figures of "
            f"{words.moment(found.fresh.moment or found.published_at)}."
        )
    if not ended:
        return "Not published: readers outside the QA unit see no window before it has ended."
    return "Not published yet: readers outside the QA unit do not see this window."


def links(settings: AuthoritySettings, publications: Sequence[Publication], kind: Kind) -> list[Link]:
    """Return links to the published reports of a kind, newest first."""
    return [Link(view.address(kind, settings.key, one), one.label) for one in publications if one.kind == kind]


def _not_published(
    kind: Kind, settings: AuthoritySettings, key: str | None, own: Sequence[Publication]
) -> NotPublished:
    what = view.TITLES[kind] if key is None else f"{view.TITLES[kind]}: {window_of(settings, key).label}"
    return NotPublished(
        "Not published yet",
        f"{what}. The QA unit of {settings.name} has not published it yet.",
        settings.name,
        links(settings, own, kind),
    )


def _no_such_version(kind: Kind, settings: AuthoritySettings, versions: Sequence[Publication]) -> NotPublished:
    return NotPublished(
        "No such version",
        f"{view.TITLES[kind]}: {versions[0].label}. It is not published in that version.",
        settings.name,
        [
            Link(view.address(kind, settings.key, one, version=one.version), f"{one.label}, version {one.version}")
            for one in versions
        ],
    )

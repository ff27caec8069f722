"""From a form to the command it means, by the authority's settings: what one request and a file's row share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from services.audit.app import sealing
from services.audit.app.asking import Asked
from services.audit.app.audits import allocating
from services.audit.app.forms import CompletionForm, RecommendationForm
from services.audit.app.moderation import policy
from services.audit.app.sealing import Texts
from services.audit.domain.audits import commands, recommending
from services.audit.domain.audits.outcome import Recommendation
from services.audit.domain.refusals import Problem, RecommendationInvalid
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import business_date
from shared.authority.settings import Authorities, AuthoritySettings


def settings_on(authorities: Authorities, authority: str, day: date) -> AuthoritySettings:
    """Return the settings valid on a day; for a day before the first ones, the newest.

    Raises:
        AuthorityUnknown: no settings document names the authority.

    """
    if authority not in authorities:
        raise allocating.AuthorityUnknown
    return authorities.valid_or_newest(authority, day)


def completion_of(
    settings: AuthoritySettings,
    tool: ToolDocument,
    audit_id: UUID,
    *,
    form: CompletionForm,
    texts: Texts,
    asked: Asked,
    facts: policy.Facts = policy.NO_FACTS,
    recorded_on: date | None = None,
) -> commands.CompleteAudit:
    """Return the command of a completion, with what the authority's policy makes of it.

    `recorded_on` is the day that counts against the due day, where that is the day of recording.
    """
    outcome = sealing.outcome_of(form, texts, tool)
    made, unknown = _made(settings, audit_id, form.recommendations, texts, asked.at)
    return commands.CompleteAudit(
        at=asked.at,
        by=asked.by,
        settings_version=settings.version,
        tool=tool,
        outcome=outcome,
        recommendations=tuple(made),
        recorded_on=recorded_on,
        unknown_categories=tuple(unknown),
        moderation=policy.selection_for(settings, audit_id, outcome, business_date(asked.at), facts),
        if_flagged=policy.selections_if_flagged(settings, audit_id, outcome, business_date(asked.at), facts),
    )


def recommendations_of(
    settings: AuthoritySettings,
    audit_id: UUID,
    forms: Sequence[RecommendationForm],
    texts: Texts,
    at: datetime,
    *,
    place: str = recommending.IN_LIST,
) -> list[Recommendation]:
    """Return recommendations with ids and due dates; ids are derived, so that a repeat makes no second one.

    `place` is where one stands in what was handed in.

    Raises:
        RecommendationInvalid: a category is none of the authority's; with what else is wrong.

    """
    made, unknown = _made(settings, audit_id, forms, texts, at, place=place)
    if unknown:
        raise RecommendationInvalid([*unknown, *recommending.problems_of(made, at, place=place)])
    return made


def problems_of_recommendations(
    settings: AuthoritySettings, audit_id: UUID, forms: Sequence[RecommendationForm], at: datetime
) -> Iterator[Problem]:
    """Yield what is wrong with recommendations: their categories, by the authority's settings, and themselves."""
    made, unknown = _made(settings, audit_id, forms, {}, at)
    yield from unknown
    yield from recommending.problems_of(made, at)


def _made(
    settings: AuthoritySettings,
    audit_id: UUID,
    forms: Sequence[RecommendationForm],
    texts: Texts,
    at: datetime,
    *,
    place: str = recommending.IN_LIST,
) -> tuple[list[Recommendation], list[Problem]]:
    """Return recommendations, and the faults of those whose category is none of the authority's."""
    days = {category.key: category.due_days for category in settings.recommendations.categories}
    problems = [
        Problem(
            f"{place.format(number=number)}.category",
            "the authority has no such category of recommendation",
            f"Give one of: {', '.join(days)}.",
        )
        for number, form in enumerate(forms)
        if form.category not in days
    ]
    today = business_date(at)
    made: list[Recommendation] = []
    for number, form in enumerate(forms, 1):
        id_ = form.id or recommendation_id(audit_id, number)
        made.append(
            Recommendation(
                id=id_,
                category=form.category,
                owner_role=form.owner_role,
                due_on=form.due_on or today + timedelta(days=days.get(form.category, 0)),
                text=texts.get(f"recommendations/{id_}"),
                supervision_on=form.supervision_on,
            )
        )
    return made, problems


def recommendation_id(audit_id: UUID, number: int) -> UUID:
    """Return the id of the n-th recommendation made in an audit's completion, where none was given."""
    return uuid5(audit_id, f"recommendation|{number}")


def completion_texts(form: CompletionForm, audit_id: UUID) -> list[tuple[str, str | None]]:
    """Return every box of a completion with its text, its recommendations' included."""
    made = [(each.id or recommendation_id(audit_id, n), each.text) for n, each in enumerate(form.recommendations, 1)]
    return [*form.texts(), *((f"recommendations/{id_}", text) for id_, text in made)]

"""What a moderation policy has to know beside the audit itself, counted from the audits' own summaries.

A stratified sample counts the audits of a stratum: two completions at the same moment must not count the same, so they
take turns on a lock of the stratum that lasts as long as the transaction. Nothing else needs a turn.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from services.audit.app.moderation.policy import NO_FACTS, Facts, stratum_of
from services.audit.app.summaries import AUDIT
from services.audit.domain.words import Place
from shared.authority.policies import ModerationPolicy, Stratum
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection, Pool

_COMPLETED: Final = """
    select count(*) from eventstore.summaries
    where category = $1 and authority = $2 and data @> $3 and data ? 'completed_on'
"""
_LOWERED: Final = """
    select data->>'moderated' = 'lowered' from eventstore.summaries
    where category = $1 and authority = $2 and data @> $3 and data ? 'moderated_at'
    order by data->>'moderated_at' desc, stream_id desc limit $4
"""
_TURN: Final = "select pg_advisory_xact_lock(hashtextextended($1, 0))"


@asynccontextmanager
async def facts_for(
    pool: Pool, settings: AuthoritySettings, place: Place, auditor: UUID
) -> AsyncIterator[tuple[Facts, Connection | None]]:
    """Give what the policy needs of an audit that is being completed.

    With a connection, the completion must be stored in its transaction: the count is true only until that ends.
    """
    policy = settings.moderation
    if not needed(policy):
        yield NO_FACTS, None
        return
    async with pool.acquire() as connection:
        if not policy.stratify_by:
            facts = await _counted(connection, settings, place, auditor)
        else:
            async with connection.transaction():
                stratum = "|".join((settings.key, place.cycle, *stratum_of(policy, place)))
                await connection.execute(_TURN, f"moderation-sample|{stratum}")
                yield await _counted(connection, settings, place, auditor), connection
            return
    yield facts, None


def needed(policy: ModerationPolicy) -> bool:
    """Say whether a policy asks for facts at all."""
    return bool(
        (policy.share == "sample" and policy.stratify_by) or policy.first_audits_of_new_auditors or policy.drift
    )


async def _counted(connection: Connection, settings: AuthoritySettings, place: Place, auditor: UUID) -> Facts:
    policy, key = settings.moderation, settings.key
    facts = Facts(place.cycle, stratum_of(policy, place))
    if policy.stratify_by:
        where = {"cycle": place.cycle, **_where(policy, place)}
        facts = replace(facts, before_in_stratum=await connection.fetchval(_COMPLETED, AUDIT, key, where))
    own = {"auditor": str(auditor)}
    if policy.first_audits_of_new_auditors:
        facts = replace(facts, audits_before=await connection.fetchval(_COMPLETED, AUDIT, key, own))
    if policy.drift is not None:
        rows = await connection.fetch(_LOWERED, AUDIT, key, own, policy.drift.of_last)
        facts = replace(facts, lowered_lately=tuple(row[0] for row in rows))
    return facts


def _where(policy: ModerationPolicy, place: Place) -> dict[str, Any]:
    """Return the fields of a summary that say an audit is of this stratum."""
    organisation = place.organisation
    levels = {"area": organisation.area, "district": organisation.district, "team": organisation.team}
    depth = {Stratum.AREA: 1, Stratum.DISTRICT: 2, Stratum.TEAM: 3}
    found: dict[str, Any] = {}
    for name in policy.stratify_by:
        match name:
            case Stratum.SERVICE:
                found["service"] = place.service
            case Stratum.KIND:
                found["kind"] = place.kind
            case Stratum.AREA | Stratum.DISTRICT | Stratum.TEAM:
                found.update(list(levels.items())[: depth[name]])
    return found


class ArrivingFacts:
    """The facts of audits that come in together, in their order: each counts those before it in the file too."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._strata: dict[tuple[str, ...], int] = {}
        self._auditors: dict[UUID, Facts] = {}

    async def of(self, settings: AuthoritySettings, place: Place, auditor: UUID) -> Facts:
        """Return the facts of the next audit."""
        if not needed(settings.moderation):
            return NO_FACTS
        stratum = stratum_of(settings.moderation, place)
        known = (place.cycle, *stratum)
        if known not in self._strata or auditor not in self._auditors:
            async with self._pool.acquire() as connection:
                counted = await _counted(connection, settings, place, auditor)
            self._strata.setdefault(known, counted.before_in_stratum)
            self._auditors.setdefault(auditor, counted)
        before, own = self._strata[known], self._auditors[auditor]
        self._strata[known] += 1
        if own.audits_before is not None:
            self._auditors[auditor] = replace(own, audits_before=own.audits_before + 1)
        return replace(own, cycle=place.cycle, stratum=stratum, before_in_stratum=before)

"""Tells a made-up year to the services, through their own API and import and nothing else.

In the order people would: tools, audits, corrections, moderation, follow-up; then, once the escalation service has
opened its considerations by itself, the managers' steps. At the end it waits until reporting has read everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from infra.errors import SightlineError
from infra.sample import bodies
from infra.sample.boards import record_decisions
from infra.sample.client import Client, Who
from infra.sample.outcomes import Tool
from infra.sample.plan import PlannedAudit, PlannedEscalation, PlannedModeration, PlannedYear
from infra.sample.publishing import publish_everything
from infra.sample.table import csv_of
from shared.authority.settings import AuthoritySettings
from shared.web.principal import Role

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

_AT_ONCE = 12
_PATIENCE_SECONDS = 180.0
_LOOK_EVERY_SECONDS = 0.1
_DIGITS = 3
"""Of a planned moderator's number."""
_T = TypeVar("_T")


class Loader:
    """Loads one authority's year. `progress` hears of every step."""

    def __init__(self, client: Client, settings: AuthoritySettings, year: PlannedYear, progress: Progress) -> None:
        self._client = client
        self._settings = settings
        self._year = year
        self._progress = progress
        self._audit = f"{client.addresses.audit}/v1"
        self._escalation = f"{client.addresses.escalation}/v1/escalations"
        self._qa = Who(Role.QA_MANAGER, self._person(Role.QA_MANAGER, ()))
        self._ids: dict[str, UUID] = {}
        self._recommendations: dict[str, Sequence[str]] = {}
        self._asked: set[UUID] = set()

    async def load(self, tools: Sequence[Tool]) -> None:
        """Load everything; raises `SightlineError` with a service's own words where one refuses something."""
        for tool in tools:
            await self._post("tools", tool, f"tool/{tool['tool']}/{tool['version']}")
        audits = self._year.audits
        await self._import([one for one in audits if one.outcome and not one.flagged_on])
        await self._each("Allocating and completing", [one for one in audits if self._by_hand(one)], self._live)
        await self._each("Correcting", [one for one in audits if one.amendment or one.withdrawn_on], self._correct)
        self._asked = {UUID(one["audit_id"]) async for one in self._awaiting_moderation()}
        await self._each("Moderating", [one for one in audits if one.moderation], self._moderate)
        await self._each(
            "Following up", [one for one in audits if any(made.follow_up for made in one.recommendations)], self._follow
        )
        escalated = [one for one in audits if one.escalation]
        found = await self._considerations({self._ids[one.number] for one in escalated})

        async def steps(audit: PlannedAudit) -> None:
            await self._escalate(audit, found[self._ids[audit.number]])

        await self._each("Escalating", escalated, steps)
        await self._give_what_waits()
        await self._read_by_reporting()

    async def publish(self) -> None:
        """Publish the reports of the windows that have ended, as the QA manager; what is published stays as it is."""
        self._progress("Publishing reports", 0, 1)
        await publish_everything(self._client, self._qa)
        await record_decisions(self._client, self._qa)
        self._progress("Publishing reports", 1, 1)

    def _by_hand(self, audit: PlannedAudit) -> bool:
        return audit.outcome is None or audit.flagged_on is not None

    async def _import(self, audits: Sequence[PlannedAudit]) -> None:
        self._progress("Importing", 0, len(audits))
        report = await self._client.upload(
            self._qa,
            f"{self._audit}/imports?all_or_nothing=true",
            csv_of(audits),
            kind="text/csv",
            key=f"import/{self._year.as_of}",
        )
        if report["problems"]:
            first = report["problems"][0]
            raise SightlineError(
                f"The import was refused: row {first['row']}, {first['column']}: {first['problem']}. {first['way_out']}"
            )
        for one in report["audits"]:
            audit = audits[one["row"] - 2]  # the header is row 1
            self._ids[audit.number] = UUID(one["audit_id"])
            self._recommendations[audit.number] = one["recommendations"]
        self._progress("Importing", len(audits), len(audits))

    async def _live(self, audit: PlannedAudit) -> None:
        answer = await self._post("audits", bodies.allocation(audit), f"allocate/{audit.number}")
        audit_id = self._ids[audit.number] = UUID(answer["audit_id"])
        if audit.flagged_on:
            await self._post(f"audits/{audit_id}/concern", bodies.concern(audit), f"flag/{audit.number}")
        if audit.outcome:
            done = await self._post(
                f"audits/{audit_id}/completion", bodies.completion(audit), f"complete/{audit.number}"
            )
            self._recommendations[audit.number] = done["recommendations"]

    async def _correct(self, audit: PlannedAudit) -> None:
        path = f"audits/{self._ids[audit.number]}"
        if audit.amendment:
            await self._post(f"{path}/amendment", bodies.amendment(audit), f"amend/{audit.number}")
        if audit.withdrawn_on:
            body = {"reason": "wrong-child", "happened_at": bodies.moment(audit.withdrawn_on, 16)}
            await self._post(f"{path}/withdrawal", body, f"withdraw/{audit.number}")

    async def _moderate(self, audit: PlannedAudit) -> None:
        found = audit.moderation
        assert isinstance(found, PlannedModeration)
        assert audit.completed_on is not None
        path = f"audits/{self._ids[audit.number]}"
        if self._ids[audit.number] not in self._asked:  # the authority's policy did not ask by itself
            body = {"selected_because": found.because, "happened_at": bodies.moment(audit.completed_on, 17)}
            await self._post(f"{path}/moderation-request", body, f"ask/{audit.number}")
        moderator = moderator_reference(self._settings, found.moderator)
        await self._post(f"{path}/moderation", bodies.moderation(found, str(moderator)), f"moderate/{audit.number}")

    async def _awaiting_moderation(self) -> AsyncIterator[Any]:
        after = None
        while True:
            page = await self._client.get(
                self._qa, f"{self._audit}/audits", moderation="requested", limit=500, after=after
            )
            for one in page["audits"]:
                yield one
            after = page["after"]
            if after is None:
                return

    async def _give_what_waits(self) -> None:
        """Let the queue give what nobody has moderated yet: what is beyond the moderators' capacity waits on."""
        self._progress("Giving moderations", 0, 1)
        await self._post("moderation-queue/rounds", {}, f"round/{self._year.as_of}")
        self._progress("Giving moderations", 1, 1)

    async def _follow(self, audit: PlannedAudit) -> None:
        ids = self._recommendations[audit.number]
        for recommendation_id, made in zip(ids, audit.recommendations, strict=True):
            if made.follow_up:
                path = f"audits/{self._ids[audit.number]}/recommendations/{recommendation_id}/follow-up"
                await self._post(path, bodies.follow_up(made), f"follow-up/{recommendation_id}")

    async def _considerations(self, wanted: set[UUID]) -> dict[UUID, UUID]:
        """Wait until the escalation service has considered each of these audits; gives escalations by audit."""
        until = monotonic() + _PATIENCE_SECONDS
        while True:
            found = {UUID(one["audit_id"]): UUID(one["escalation_id"]) async for one in self._listed()}
            missing = wanted - found.keys()
            self._progress("Waiting for considerations", len(wanted) - len(missing), len(wanted))
            if not missing and await self._on_the_way(readers=("audit", "escalation")) == 0:
                return found  # with every cause joined: one that came after a decision would rightly re-open it
            if monotonic() > until:
                raise SightlineError(
                    f"The escalation service has not considered {len(missing)} audits that it should have: "
                    "`sightline status` shows its lag, and `sightline parked list` what it set aside."
                )
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _listed(self) -> AsyncIterator[Any]:
        after = None
        while True:
            page = await self._client.get(self._qa, self._escalation, limit=500, after=after)
            for one in page["escalations"]:
                if one["audit_id"]:
                    yield one
            after = page["next"]
            if after is None:
                return

    async def _escalate(self, audit: PlannedAudit, escalation_id: UUID) -> None:
        planned = audit.escalation
        assert isinstance(planned, PlannedEscalation)
        if planned.decided_at is None:
            return
        discussed = {
            "with_whom": ["practitioner", "team-manager"],
            "happened_at": bodies.after(planned.decided_at, minutes=-30),
        }
        await self._step(self._qa, escalation_id, "discussion", discussed)
        if planned.ending == "not-required":
            body = {"reason": "already-acted-on", "happened_at": planned.decided_at.isoformat()}
            await self._step(self._qa, escalation_id, "decision-not-required", body)
            return
        await self._step(self._qa, escalation_id, "raise", {"happened_at": planned.decided_at.isoformat()})
        await self._act(audit, planned, planned.decided_at, escalation_id)

    async def _act(
        self, audit: PlannedAudit, planned: PlannedEscalation, raised_at: datetime, escalation_id: UUID
    ) -> None:
        team_manager = Who(Role.TEAM_MANAGER, self._person(Role.TEAM_MANAGER, audit.path))
        service_manager = Who(Role.SERVICE_MANAGER, self._person(Role.SERVICE_MANAGER, audit.path))
        await self._step(self._qa, escalation_id, "copy", {"happened_at": bodies.after(raised_at, minutes=5)})
        discussed = {"happened_at": bodies.after(raised_at, minutes=15)}
        await self._step(service_manager, escalation_id, "actions-discussed", discussed)
        actions: list[str] = []
        for number in range(planned.actions):
            body = {
                "kind": "practice",
                "owner": {"role": Role.TEAM_MANAGER.value, "reference": str(team_manager.person)},
                "happened_at": bodies.after(raised_at, minutes=20 + number),
            }
            answer = await self._step(team_manager, escalation_id, "actions", body)
            actions = [one["action_id"] for one in answer["actions"]]
        if planned.signed_off_at is None:
            return
        for number, action_id in enumerate(actions):
            body = {"happened_at": bodies.after(raised_at, minutes=90 + number)}
            await self._step(team_manager, escalation_id, f"actions/{action_id}/completion", body)
        signed = planned.signed_off_at.astimezone(UTC)
        for step, minutes in (("oversight", -30), ("sign-off", 0), ("closure", 30)):
            await self._step(
                service_manager, escalation_id, step, {"happened_at": bodies.after(signed, minutes=minutes)}
            )
        if planned.re_audit:
            await self._step(self._qa, escalation_id, "re-audit", {"happened_at": bodies.after(signed, minutes=45)})

    async def _step(self, who: Who, escalation_id: UUID, step: str, body: dict[str, Any]) -> Any:
        key = f"{escalation_id}/{step}/{body['happened_at']}"
        return await self._client.post(who, f"{self._escalation}/{escalation_id}/{step}", body, key=key)

    async def _read_by_reporting(self) -> None:
        """Wait until nothing is on its way any more: outboxes empty, reporting without lag, twice in a row."""
        until = monotonic() + _PATIENCE_SECONDS
        calm = 0
        while calm < 2:  # once might be between two batches
            left = await self._on_the_way()
            calm = calm + 1 if left == 0 else 0
            self._progress("Waiting for reporting", 0 if left else 1, 1)
            if monotonic() > until:
                raise SightlineError(f"{left} messages have not reached reporting: `sightline status` shows where.")
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _on_the_way(self, readers: Sequence[str] = ("audit", "escalation", "reporting")) -> int:
        """Count what these services have not sent or not read yet."""
        answers = [
            await self._client.get(self._qa, f"{getattr(self._client.addresses, name)}/operations/status")
            for name in readers
        ]
        waiting = sum(int(one["outbox"]["depth"]) for one in answers)
        waiting += sum(not one["ready"] for one in answers)  # one that is not ready does not know its lag yet
        return waiting + sum(int(count) for one in answers for count in (one["lag"] or {}).values())

    async def _post(self, path: str, body: Any, key: str) -> Any:
        return await self._client.post(self._qa, f"{self._audit}/{path}", body, key=key)

    async def _each(self, what: str, items: Sequence[_T], work: Callable[[_T], Awaitable[None]]) -> None:
        """Do something for each, several at once, and tell how far it is."""
        self._progress(what, 0, len(items))
        queue = iter(items)
        done = 0

        async def worker(shared: Iterable[_T]) -> None:
            nonlocal done
            for item in shared:
                await work(item)
                done += 1
                self._progress(what, done, len(items))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(worker(queue))
        except* SightlineError as refused:
            raise refused.exceptions[0] from None

    def _person(self, role: Role, path: tuple[str, ...]) -> UUID:
        found = self._settings.people_in(role, path)
        return found[0] if found else uuid5(NAMESPACE_URL, f"{self._settings.key}/{role}/{'/'.join(path)}")


def moderator_reference(settings: AuthoritySettings, number: str) -> UUID:
    """Return who a planned moderator is: one of the moderators that the settings name, in turn."""
    named = list(settings.moderator_capacity)
    return named[int(number[-_DIGITS:]) % len(named)]

"""Drafts of audits: saved as one goes, merged by box, with every gap that the tool still sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from services.audit.app import readings, sealing
from services.audit.app.aggregates import AUDIT
from services.audit.app.asking import Asked
from services.audit.app.audits.changes import SeenIsOld
from services.audit.app.drafts import storing as draft_storing
from services.audit.app.drafts.forms import Boxes, DraftForm, boxes_of, completion_of_draft, draft_of, missing_of
from services.audit.app.drafts.opening import open_draft, seal_boxes
from services.audit.app.drafts.storing import Editor, StoredDraft
from services.audit.app.forms import CompletionForm
from services.audit.app.handling import Begun, Handling
from services.audit.app.making import problems_of_recommendations, settings_on
from services.audit.app.viewing import View
from services.audit.domain import refusals
from services.audit.domain.audits import theirs
from services.audit.domain.audits.drafting import Merged, changed_since, gaps_of, merge
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.states import Allocated, Completed, State, Withdrawn
from services.audit.domain.refusals import OutcomeInvalid, Problem
from services.audit.domain.words import business_date
from shared.authority.settings import AuthoritySettings
from shared.eventstore.database import Connection
from shared.eventstore.handling import fold
from shared.web.principal import Principal

MOST_BOXES: Final = 10_000
"""Boxes of one draft, those of answers that its tool does not know among them."""


class GapView(View):
    """What a draft still lacks, or what of it does not fit the tool."""

    place: str
    message: str
    way_out: str
    question: str | None = None


class BoxView(View):
    """Who wrote a box last, in which version of the draft."""

    box: str
    version: int
    by_role: str
    by: UUID
    at: datetime


class DraftView(View):
    """A draft as it stands. `version` is the draft's own: send it back as `If-Match` when you save."""

    audit_id: UUID
    version: int
    draft: dict[str, Any] = Field(description="what is written, in the shape of the form it is saved with")
    complete: bool = Field(description="whether the audit can be completed from it")
    gaps: tuple[GapView, ...] = Field(description="every gap and fault at once, as the tool sees them")
    boxes: tuple[BoxView, ...] = Field(description="who wrote each box last")
    not_saved: tuple[str, ...] = Field(
        default=(), description="boxes that you sent and that others had written since: theirs stand"
    )
    changed_by_others: tuple[str, ...] = Field(
        default=(), description="boxes that others wrote since the version you have seen"
    )


class Drafts(Handling):
    """Reads and saves drafts."""

    async def read(self, state: Begun, principal: Principal, seen: int | None) -> DraftView:
        """Return a draft, its texts opened; that they were read is recorded."""
        allocation = state.allocation
        _open(state)
        async with self.parts.pool.acquire() as connection:
            stored = await draft_storing.read(connection, allocation.audit_id)
        _check_given(stored, seen)
        await self._record(stored, allocation, principal)
        return await self._view(state, stored, seen=seen, editor=principal.person)

    async def save(
        self, state: Begun, form: DraftForm, principal: Principal, *, seen: int | None, whole: bool
    ) -> DraftView:
        """Save what an editor wrote; with `whole` the boxes that the form leaves out are emptied.

        What others wrote after the version the editor has seen stays as they wrote it, and is named.

        Raises:
            DraftIsClosed: the audit is completed.
            OutcomeInvalid: it would have more boxes than any tool asks for.
            SeenIsOld: the version that the editor names was never given out.

        """
        allocation = state.allocation
        audit_id, child = allocation.audit_id, allocation.place.case_reference
        given = boxes_of(form, audit_id)
        editor = Editor(principal.person, min(principal.roles).value)
        async with self.parts.pool.acquire() as connection, connection.transaction():
            stored = await draft_storing.begin(connection, audit_id, child)
            state = await self._as_it_stands(connection, audit_id)
            _check_given(stored, seen)
            _check_size(stored, given)
            if whole:
                given = _with_the_rest_emptied(given, stored)
            changed = await self._changed(child, audit_id, given, stored)
            merged = merge(stored.written(), changed, seen=seen, editor=editor.person)
            if merged.saved:
                await self._write(connection, child, audit_id, given, stored, merged, editor)
                stored, before = await draft_storing.read(connection, audit_id), stored
            else:
                before = stored
        view = await self._view(state, stored, seen=None, editor=editor.person)
        await self._record(stored, allocation, principal)
        others = changed_since(before.written(), seen=seen, editor=editor.person)
        return view.model_copy(
            update={"not_saved": tuple(sorted(merged.kept)), "changed_by_others": tuple(sorted(others | merged.kept))}
        )

    async def completion(self, state: Allocated, stored: StoredDraft, asked: Asked) -> CompletionForm:
        """Return the completion that a draft stands for.

        Raises:
            OutcomeInvalid: with everything that it still lacks.

        """
        draft = await self._opened(state, stored)
        gaps = await self._gaps(state, draft, self.settings(asked), asked.at)
        if gaps:
            raise OutcomeInvalid(gaps)
        return completion_of_draft(draft)

    async def _record(self, stored: StoredDraft, allocation: AuditAllocated, principal: Principal) -> None:
        """Record that the caller is shown the draft's texts."""
        boxes = [draft_storing.PREFIX + box for box in stored.filled(coded=False)]
        async with self.parts.pool.acquire() as connection:
            at = self.parts.clock()
            await readings.record(connection, principal, allocation, what="draft", boxes=boxes, at=at)

    async def _as_it_stands(self, connection: Connection, audit_id: UUID) -> Allocated:
        stream = await self.parts.store.load(audit_id, connection=connection)
        return _open(fold(AUDIT, stream.events))

    async def _changed(self, child: UUID, audit_id: UUID, given: Boxes, stored: StoredDraft) -> set[str]:
        """Return the boxes whose value is another than the one that stands."""
        known = await open_draft(self.parts.sealer, child, audit_id, stored)
        changed = {name for name, value in given.coded.items() if value != known.coded.get(name)}
        return changed | {name for name, text in given.texts.items() if text != known.texts.get(name)}

    async def _write(  # noqa: PLR0917 - what is written, into which draft, by whom
        self,
        connection: Connection,
        child: UUID,
        audit_id: UUID,
        given: Boxes,
        stored: StoredDraft,
        merged: Merged,
        editor: Editor,
    ) -> None:
        coded = {name: value for name, value in given.coded.items() if name in merged.saved}
        texts = {name: text for name, text in given.texts.items() if name in merged.saved}
        sealed = await seal_boxes(self.parts.sealer, child, audit_id, coded, texts)
        boxes = [(name, name in coded, sealed.get(name)) for name in sorted(merged.saved)]
        at = self.parts.clock()
        await draft_storing.write(connection, audit_id, stored.version + 1, editor, at, boxes)

    async def _opened(self, state: Allocated, stored: StoredDraft) -> dict[str, Any]:
        allocation = state.allocation
        child = allocation.place.case_reference
        opened = await open_draft(self.parts.sealer, child, allocation.audit_id, stored)
        return draft_of(opened.coded, opened.texts)

    async def _view(self, state: Begun, stored: StoredDraft, *, seen: int | None, editor: UUID) -> DraftView:
        writing = _open(state)
        allocation = writing.allocation
        draft = await self._opened(writing, stored)
        now = self.parts.clock()
        settings = settings_on(self.parts.authorities, allocation.authority, business_date(now))
        gaps = await self._gaps(writing, draft, settings, now)
        others = () if seen is None else changed_since(stored.written(), seen=seen, editor=editor)
        return DraftView(
            audit_id=allocation.audit_id,
            version=stored.version,
            draft=draft,
            complete=not gaps,
            gaps=tuple(
                GapView(place=one.place, message=one.message, way_out=one.way_out, question=one.question)
                for one in gaps
            ),
            boxes=tuple(
                BoxView(box=box.box, version=box.version, by_role=box.editor_role, by=box.editor, at=box.written_at)
                for box in stored.boxes.values()
            ),
            changed_by_others=tuple(sorted(others)),
        )

    async def _gaps(
        self, state: Allocated, draft: Mapping[str, Any], settings: AuthoritySettings, at: datetime
    ) -> tuple[Problem, ...]:
        tool = await self.tool(state.allocation)
        form = completion_of_draft(draft)
        outcome = sealing.outcome_of(form, sealing.present(form.texts()), tool)
        own, status = state.feedback, state.allocation.place.child_status
        outcome = theirs.with_feedback(outcome, tool, status, own)
        missing = missing_of(draft, has_own_feedback=own is not None)
        return (
            *gaps_of(tool, status, outcome, missing=missing, today=business_date(at)),
            *problems_of_recommendations(settings, state.allocation.audit_id, form.recommendations, at),
        )


def _open(state: State) -> Allocated:
    """Return an audit that may still be written.

    Raises:
        DraftIsClosed: it is completed; AuditIsWithdrawn or AuditNotFound as it says.

    """
    match state:
        case Allocated():
            return state
        case Completed():
            raise refusals.DraftIsClosed
        case Withdrawn():
            raise refusals.AuditIsWithdrawn
        case _:
            raise refusals.AuditNotFound


def _check_given(stored: StoredDraft, seen: int | None) -> None:
    """Refuse a version of the draft that was never given out: what others wrote since cannot be told by it.

    Raises:
        SeenIsOld: it is above the one the draft stands at.

    """
    if seen is not None and seen > stored.version:
        raise SeenIsOld(stored.version, (), seen=seen)


def _check_size(stored: StoredDraft, given: Boxes) -> None:
    """Refuse more boxes than any tool has: each is sealed, and opened again for whoever works in the draft.

    Raises:
        OutcomeInvalid: there would be too many.

    """
    if len(given.names() | stored.boxes.keys()) > MOST_BOXES:
        message = f"the draft would have more than {MOST_BOXES:,} boxes, and no tool asks for so much"
        raise OutcomeInvalid((Problem("draft", message, "Send only the answers that the tool asks for."),))


def _with_the_rest_emptied(given: Boxes, stored: StoredDraft) -> Boxes:
    named = given.names()
    coded = {name: None for name in stored.filled(coded=True) if name not in named}
    texts = {name: None for name in stored.filled(coded=False) if name not in named}
    return Boxes(coded={**coded, **given.coded}, texts={**texts, **given.texts})

"""What a tool says of a completion or amendment that cannot be read whole, or is not to be taken as it is dated.

The parts that can be read are held to it, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.audit.app import sealing
from services.audit.app.asking import Asked
from services.audit.app.forms import AmendmentForm, CompletionForm
from services.audit.app.handling import Begun, Handling, completed_of
from services.audit.app.making import completion_of, completion_texts
from services.audit.app.unread import faults_of, told
from services.audit.domain.audits import commands
from services.audit.domain.audits.decider import decide
from services.audit.domain.refusals import Problem


class Unread(Handling):
    """Holds the readable part of a body to the audit's tool; `unread` are the places of what is not, with dots."""

    async def of_completion(
        self, state: Begun, form: CompletionForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with a completion."""
        tool, audit_id = await self.tool(state.allocation), state.allocation.audit_id
        texts = sealing.present(completion_texts(form, audit_id))

        def complete() -> None:
            decide(completion_of(self.settings(asked), tool, audit_id, form=form, texts=texts, asked=asked), state)

        return told(faults_of(complete), unread, tool)

    async def of_amendment(
        self, state: Begun, form: AmendmentForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with an amendment; a text that is left out stays as it was."""
        tool = await self.tool(state.allocation)

        def amend() -> None:
            texts = sealing.present_beside(form, completed_of(state).outcome)
            outcome = sealing.outcome_of(form, texts, tool)
            decide(commands.AmendAudit(at=asked.at, by=asked.by, tool=tool, outcome=outcome, reason=form.reason), state)

        return told(faults_of(amend), unread, tool)

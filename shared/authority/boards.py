"""What an authority's boards decide, in coded words, and why a control chart starts anew.

Reporting holds no free text (G7), so a decision is chosen from this list; the words are what people read. The defaults
are what quality boards do in practice: look closer, ask, train, mend the tool, raise it, or leave it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from shared.authority.base import Strict
from shared.authority.coherence import Coherent, Fault, Raw, parts, text, twice
from shared.authority.names import Word


class Choice(Strict):
    """A code that events and addresses have, and what people read for it."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    name: Word


Choices = Annotated[tuple[Choice, ...], Field(min_length=1)]


def _choices(**named: str) -> tuple[Choice, ...]:
    return tuple(Choice(key=key.replace("_", "-"), name=name) for key, name in named.items())


class BoardPolicy(Coherent):
    """The words of the boards' decisions, of why one is withdrawn, and of why a chart is rebased."""

    decisions: Choices = Field(
        default=_choices(
            thematic_audit="Commission a thematic audit",
            dip_sample="Commission a dip sample",
            plan="Ask for a plan",
            report_back="Ask for a report to the next meeting",
            change_tool="Change the audit tool",
            train_auditors="Train auditors and moderators",
            train_practitioners="Train practitioners and managers",
            change_practice_guidance="Change practice guidance",
            raise_with_partners="Raise it with partners",
            keep_watching="Keep watching the figure",
            no_action="No action",
        ),
        description="What a board can decide",
    )
    withdrawal_reasons: Choices = Field(
        default=_choices(
            overtaken="Overtaken by events",
            other_decision="Another decision stands in its place",
            recorded_in_error="Recorded in error",
        ),
        description="Why a decision is withdrawn",
    )
    rebase_reasons: Choices = Field(
        default=_choices(
            tool_changed="The audit tool changed",
            policy_changed="Policy or practice guidance changed",
            sampling_changed="Audits are sampled otherwise",
            moderation_changed="Moderation changed",
            sustained_shift="The level has shifted and stays",
        ),
        description="Why the limits of a control chart start anew",
    )

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield a code that stands twice in a list."""
        for name in _LISTS:
            yield from twice("code", (((name, at, "key"), text(one, "key")) for at, one in parts(raw, name)))

    def decision(self, code: str) -> str | None:
        """Return what people read for a decision, or None where the list does not have it."""
        return _word(self.decisions, code)

    def withdrawal_reason(self, code: str) -> str | None:
        """Return what people read for why a decision is withdrawn, or None."""
        return _word(self.withdrawal_reasons, code)

    def rebase_reason(self, code: str) -> str | None:
        """Return what people read for why a chart is rebased, or None."""
        return _word(self.rebase_reasons, code)


_LISTS: Final = ("decisions", "withdrawal_reasons", "rebase_reasons")


def _word(choices: tuple[Choice, ...], code: str) -> str | None:
    return next((one.name for one in choices if one.key == code), None)

"""The examples of the OpenAPI document are bodies that are taken, in words that a demonstration's settings have."""

from __future__ import annotations

import pytest

from infra.sample.demonstration import sample_authorities
from services.escalation.adapters import bodies, examples

BODIES: dict[str, type[bodies.Body]] = {
    "STARTED": bodies.Started,
    "NEW_CAUSE": bodies.NewCause,
    "DISCUSSION": bodies.Discussion,
    "NOT_REQUIRED": bodies.NotRequiredDecision,
    "RAISE": bodies.Raise,
    "RECLASSIFICATION": bodies.Reclassification,
    "COPY": bodies.Copy,
    "ACTION": bodies.NewAction,
    "ACTION_WITHDRAWAL": bodies.Because,
    "NAMED_CHILD": bodies.NamedChild,
    "ANSWER": bodies.ClosingAnswer,
    "REOPENING": bodies.Reopening,
    "WITHDRAWAL": bodies.Withdrawal,
    "RE_AUDIT": bodies.ReAuditRequest,
    "OVERSIGHT": bodies.Oversight,
    "DONE": bodies.Done,
}


def test_every_example_stands_here() -> None:
    assert set(BODIES) == {name for name in vars(examples) if name.isupper() and not name.startswith("_")}


@pytest.mark.parametrize("name", BODIES)
def test_an_example_is_a_body_that_is_taken(name: str) -> None:
    example = getattr(examples, name)["example"]["value"]
    assert BODIES[name].model_validate(example)


def test_the_codes_and_the_team_are_the_demonstrations() -> None:
    settings = sample_authorities().get("northmoor")
    started = bodies.Started.model_validate(examples.STARTED["example"]["value"])
    organisation = started.organisation
    assert settings.unit((organisation.area, organisation.district, organisation.team)) is not None
    assert started.service in {service.key for service in settings.services}
    reason = bodies.NotRequiredDecision.model_validate(examples.NOT_REQUIRED["example"]["value"]).reason
    assert reason in settings.escalation.not_required_reasons
    kind = bodies.NewAction.model_validate(examples.ACTION["example"]["value"]).kind
    assert kind in settings.escalation.action_kinds
    policy = settings.escalation
    coded = {
        "RECLASSIFICATION": policy.reclassification_reasons,
        "ACTION_WITHDRAWAL": policy.action_withdrawal_reasons,
        "REOPENING": policy.reopening_reasons,
        "WITHDRAWAL": policy.withdrawal_reasons,
    }
    for name, known in coded.items():
        assert getattr(examples, name)["example"]["value"]["reason"] in known

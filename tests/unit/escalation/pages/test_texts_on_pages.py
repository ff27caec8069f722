"""Texts on a page: shown to those who may read them over the API, recorded as there, and never as markup."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

TEXT = "The plan is <b>late</b> & unsafe."
SHOWN = "The plan is &lt;b&gt;late&lt;/b&gt; &amp; unsafe."
PSW = o.Person(Role.PRINCIPAL_SOCIAL_WORKER, reference=UUID(int=9))
AUDITOR = o.Person(Role.AUDITOR, reference=UUID(int=1))


@pytest.mark.parametrize(
    ("reader", "reads"),
    [(o.QA, True), (o.DSM, True), (o.AD, True), (o.TEAM_MANAGER, False), (PSW, False), (AUDITOR, False)],
)
async def test_a_text_is_shown_to_who_may_read_it_and_that_is_recorded(
    tmp_path: Path, reader: o.Person, reads: bool
) -> None:
    rig = Rig(now=s.january(15, 18))
    await rig.do(s.consider(s.cause(1)), s.raise_())
    async with o.office(rig.casework, tmp_path) as office:
        lifted = {"category": "safeguarding", "reason": "new-information", "text": TEXT}
        await office.done(o.QA, f"{o.ID}/reclassification", lifted)
        answer = await office.page(reader, f"/escalations/{s.ESCALATION}")
    assert answer.status_code == 200
    assert "<b>" not in answer.text
    assert (SHOWN in answer.text) is reads
    assert ("That you read it is recorded" in answer.text) is reads
    assert len(rig.readings.kept) == reads
    assert ("What was written with it is not for your role." in answer.text) is (reader in {o.TEAM_MANAGER, PSW})
    assert answer.headers["cache-control"] == "private, no-store"

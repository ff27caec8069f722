"""The file of a local installation: a JSON line a message, for its owner alone; and whose district a message names."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from services.escalation.adapters.notifying.building import address_book, district_of
from services.escalation.adapters.notifying.file import FileChannel
from services.escalation.app.policy import Policies
from services.escalation.app.sending import Route, TryLater
from services.escalation.app.wording import Links, Writer
from services.escalation.settings import TellingSettings
from tests.unit.escalation.rig import authorities
from tests.unit.escalation.telling.made import ESCALATION, notice

POLICIES = Policies(authorities())
WRITER = Writer(Links("https://e.example", "https://a.example"), lambda made: district_of(POLICIES, made))


async def test_each_message_is_a_line_that_its_owner_alone_reads(tmp_path: Path) -> None:
    path = tmp_path / "home" / "notices.jsonl"
    channel = FileChannel(path)
    letters = [WRITER.write(uuid4(), notice()) for _ in range(3)]
    for letter in letters:
        await channel.send(letter, "")
    await channel.rest()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one["id"] for one in lines] == [str(letter.id) for letter in letters]
    assert {one["escalation_id"] for one in lines} == {str(ESCALATION)}
    assert all("District: Riverside, North" in one["text"] for one in lines)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_cannot_be_written_holds_the_messages_back(tmp_path: Path) -> None:
    with pytest.raises(TryLater) as later:
        await FileChannel(tmp_path).send(WRITER.write(uuid4(), notice()), "")
    assert (later.value.code, later.value.channel_down) == ("file-not-writable", True)


def test_with_a_file_everyone_without_an_address_goes_there_and_without_one_nowhere(tmp_path: Path) -> None:
    with_file = TellingSettings(escalation_notices_file=tmp_path / "notices.jsonl")
    assert address_book(with_file, POLICIES, local=True).route(notice()) == Route("file", "")
    assert address_book(TellingSettings(), POLICIES, local=True).route(notice()) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"escalation_smtp_host": "mail.example"}, "SIGHTLINE_ESCALATION_SMTP_FROM"),
        (
            {
                "escalation_smtp_host": "mail.example",
                "escalation_smtp_from": "a@b.example",
                "escalation_smtp_username": "me",
                "escalation_smtp_security": "none",
            },
            "SIGHTLINE_ESCALATION_SMTP_SECURITY",
        ),
        ({"escalation_smtp_timeout_seconds": 80}, "SIGHTLINE_ESCALATION_NOTICES_LEASE"),
    ],
)
def test_settings_that_do_not_hang_together_are_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        address_book(TellingSettings(**settings), POLICIES, local=False)  # type: ignore[arg-type]  # by the case

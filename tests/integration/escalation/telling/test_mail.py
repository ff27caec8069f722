"""The mail channel against a mail server that runs as a process: taken, refused, put off, cut off, away, secured."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.escalation.adapters.notifying.smtp import MailChannel
from services.escalation.adapters.notifying.smtp import MailServer as Settings
from services.escalation.app.sending import RefusedForGood, TryLater
from services.escalation.app.wording import Letter, Links, Writer
from tests.integration.escalation.telling.servers import MailServer, free_port, mail_server
from tests.integration.outside.certificates import Authority
from tests.unit.escalation.telling.made import NOW, notice

TO = "dsm@northmoor.example"


def letter() -> Letter:
    return Writer(Links("https://e.example", "https://a.example"), lambda _: "Riverside, North").write(
        uuid4(), notice()
    )


def channel(server: MailServer | None, **settings: Any) -> MailChannel:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port if server else free_port(),
        "sender": "Audit escalations <audit@sightline.example>",
        "security": "none",
    }
    return MailChannel(Settings(**(given | settings)), lambda: NOW, timeout=6.0)


async def test_a_message_arrives_in_plain_text_and_html_with_an_id_of_the_notice(tmp_path: Path) -> None:
    made = letter()
    async with mail_server(tmp_path / "mail") as server:
        sending = channel(server)
        await sending.send(made, TO)
        await sending.rest()
        [taken] = server.taken()
    assert taken["Subject"] == made.subject
    assert taken["Message-ID"] == f"<{made.id}@sightline.example>"
    assert (taken["X-Rcpt"], taken["To"]) == (TO, TO)
    assert taken["From"] == "Audit escalations <audit@sightline.example>"
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken["Date"].datetime == NOW
    assert taken.get_content_type() == "multipart/alternative"
    plain, page = taken.iter_parts()
    assert (plain.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == made.text
    assert page.get_content().strip() == made.html


async def test_many_go_over_one_connection_and_a_new_one_is_made_after_a_rest(tmp_path: Path) -> None:
    async with mail_server(tmp_path / "mail") as server:
        sending = channel(server)
        for _ in range(2):
            for _ in range(3):
                await sending.send(letter(), TO)
            await sending.rest()
        assert len(server.taken()) == 6


async def test_a_mailbox_that_is_not_there_is_refused_for_good_and_the_next_one_is_sent(tmp_path: Path) -> None:
    async with mail_server(tmp_path / "mail") as server:
        sending = channel(server)
        server.mood("refuse")
        with pytest.raises(RefusedForGood) as refused:
            await sending.send(letter(), TO)
        assert refused.value.code == "mail-recipient-refused-550"
        assert TO not in str(refused.value)
        server.mood("fine")
        await sending.send(letter(), TO)
        await sending.rest()
        assert len(server.taken()) == 1


async def test_greylisting_asks_to_come_again_and_then_takes_it(tmp_path: Path) -> None:
    made = letter()
    async with mail_server(tmp_path / "mail") as server:
        server.mood("greylist")
        sending = channel(server)
        with pytest.raises(TryLater) as later:
            await sending.send(made, TO)
        assert (later.value.code, later.value.channel_down) == ("mail-recipient-refused-450", False)
        await sending.send(made, TO)
        await sending.rest()
        assert [one["Message-ID"] for one in server.taken()] == [f"<{made.id}@sightline.example>"]


@pytest.mark.parametrize(("mood", "kept"), [("hang-up", 1), ("swallow", 2)])
async def test_cut_off_in_the_middle_nobody_knows_and_a_repeat_has_the_same_id(
    tmp_path: Path, mood: str, kept: int
) -> None:
    made = letter()
    async with mail_server(tmp_path / "mail") as server:
        sending = channel(server)
        server.mood(mood)
        with pytest.raises(TryLater) as later:
            await sending.send(made, TO)
        assert later.value.code == "mail-connection-lost"
        server.mood("fine")
        await sending.send(made, TO)
        await sending.rest()
        assert [one["Message-ID"] for one in server.taken()] == [f"<{made.id}@sightline.example>"] * kept


async def test_a_server_that_is_away_is_the_whole_channels_trouble() -> None:
    with pytest.raises(TryLater) as later:
        await channel(None).send(letter(), TO)
    assert (later.value.code, later.value.channel_down) == ("mail-server-away", True)


async def test_a_server_that_went_between_two_messages_is_found_again(tmp_path: Path) -> None:
    async with mail_server(tmp_path / "mail") as server:
        sending = channel(server)
        await sending.send(letter(), TO)
        await server.stop()
        with pytest.raises(TryLater):
            await sending.send(letter(), TO)
        await server.start()
        await sending.send(letter(), TO)
        await sending.rest()
        assert len(server.taken()) == 2


async def test_over_starttls_with_a_login(tmp_path: Path) -> None:
    trusted = Authority(tmp_path, "trusted")
    certificate, key = trusted.sign("mail", host="localhost")
    async with mail_server(
        tmp_path / "mail", "--certificate", str(certificate), "--key", str(key), "--login"
    ) as server:
        secured: dict[str, Any] = {
            "host": "localhost",
            "security": "starttls",
            "cafile": trusted.file,
            "username": "sightline",
        }
        sending = channel(server, **secured, password="a mail password")
        await sending.send(letter(), TO)
        await sending.rest()
        assert len(server.taken()) == 1
        for wrong, reason in (
            ({"password": "wrong"}, "mail-login-refused-535"),
            ({"password": "a mail password", "cafile": Authority(tmp_path, "other").file}, "mail-certificate-refused"),
            ({"password": "a mail password", "cafile": None}, "mail-certificate-refused"),
            ({"password": "a mail password", "host": "127.0.0.1"}, "mail-certificate-refused"),
        ):
            with pytest.raises(TryLater) as later:
                await channel(server, **(secured | wrong)).send(letter(), TO)
            assert (later.value.code, later.value.channel_down) == (reason, True)
        assert len(server.taken()) == 1


async def test_starttls_that_is_not_offered_sends_nothing(tmp_path: Path) -> None:
    async with mail_server(tmp_path / "mail") as server:
        with pytest.raises(TryLater) as later:
            await channel(server, security="starttls").send(letter(), TO)
        assert later.value.code == "mail-tls-or-login-not-offered"
        assert server.taken() == []

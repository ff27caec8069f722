"""The webhook channel against a web server: signed, and what each answer means."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from uuid import uuid4

import pytest

from services.escalation.adapters.notifying.webhook import WebhookChannel
from services.escalation.app.sending import RefusedForGood, TryLater
from services.escalation.app.wording import Letter, Links, Writer
from tests.integration.escalation.telling.servers import free_port, hook
from tests.unit.escalation.telling.made import AUDIT, ESCALATION, notice

SECRET = b"a secret of the receiver"


def letter() -> Letter:
    return Writer(Links("https://e.example", "https://a.example"), lambda _: "Riverside, North").write(
        uuid4(), notice()
    )


def channel(timeout: float = 5.0) -> WebhookChannel:
    return WebhookChannel(SECRET, lambda: 1_768_384_800, timeout=timeout)


async def test_it_is_posted_as_json_and_signed_as_the_receiver_checks_it() -> None:
    made = letter()
    with hook() as received:
        await channel().send(made, received.address)
        [(headers, body)] = received.requests
    stamp, _, mac = headers["Sightline-Signature"].partition(",v1=")
    assert stamp == "t=1768384800"
    assert mac == hmac.digest(SECRET, b"1768384800." + body, hashlib.sha256).hex()
    assert headers["Sightline-Notice"] == str(made.id)
    said = json.loads(body)
    assert said["escalation_id"] == str(ESCALATION)
    assert said["link"] == f"https://e.example/escalations/{ESCALATION}"
    assert said["audit_link"] == f"https://a.example/audits/{AUDIT}"
    assert said["due"] == "the end of Wednesday 21 January 2026"
    assert "riverside-assessment" not in body.decode()


@pytest.mark.parametrize("status", [500, 502, 503, 408, 425, 429])
async def test_an_answer_that_says_not_now_is_tried_again(status: int) -> None:
    with hook() as received:
        received.status = status
        with pytest.raises(TryLater) as later:
            await channel().send(letter(), received.address)
    assert (later.value.code, later.value.channel_down) == (f"webhook-answered-{status}", False)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 410])
async def test_an_answer_that_says_never_is_given_up_and_no_redirect_is_followed(status: int) -> None:
    with hook() as received:
        received.status = status
        with pytest.raises(RefusedForGood) as refused:
            await channel().send(letter(), received.address)
        assert len(received.requests) == 1
    assert refused.value.code == f"webhook-refused-{status}"


async def test_nobody_there() -> None:
    with pytest.raises(TryLater) as later:
        await channel().send(letter(), f"http://127.0.0.1:{free_port()}/")
    assert (later.value.code, later.value.channel_down) == ("webhook-away", True)


async def test_one_that_never_answers_is_left_after_a_while() -> None:
    with hook() as received:
        received.hang = threading.Event()
        with pytest.raises(TryLater) as later:
            await channel(timeout=0.3).send(letter(), received.address)
    assert (later.value.code, later.value.channel_down) == ("webhook-too-slow", True)

"""Attacks on the bearer token: each is refused, and the honest token beside it is taken."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from shared.web.principal import Role
from shared.web.tokens import KeysUnavailable, LocalIssuer, TokenRefused, TokenVerifier
from tests.unit.web.support import PERSON, issuer

ISSUER, AUDIENCE = "https://login.example.org", "sightline"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def claims(**changed: Any) -> dict[str, Any]:
    made = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(PERSON),
        "nbf": int(NOW.timestamp()) - 10,
        "exp": int((NOW + timedelta(hours=1)).timestamp()),
        "authority": "northmoor",
        "roles": ["auditor"],
        "scope": ["north/riverside"],
    }
    made.update(changed)
    return {name: value for name, value in made.items() if value is not None}


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "one"})


@pytest.fixture
def verifier(tmp_path: Path, key: ECKey) -> TokenVerifier:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps(KeySet([key]).as_dict(private=False)))
    return TokenVerifier(jwks, ISSUER, AUDIENCE, now=NOW.timestamp)


def signed(key: Any, made: dict[str, Any], alg: str = "ES256", **header: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, made, key, algorithms=[alg])


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_an_honest_token_is_taken(verifier: TokenVerifier, key: ECKey) -> None:
    principal = await verifier.verify(signed(key, claims()))
    assert principal.person == PERSON
    assert principal.roles == {Role.AUDITOR}
    assert principal.authority == "northmoor"
    assert principal.scope == ("north/riverside",)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example.org"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"exp": int(NOW.timestamp()) - 31},
        {"exp": None},
        {"nbf": int(NOW.timestamp()) + 31},
        {"sub": None},
        {"sub": "jane.example"},
        {"authority": None},
        {"authority": ""},
        {"authority": ["northmoor", "saltmere"]},
        {"authority": "*"},
        {"authority": "*", "roles": []},
        {"authority": "*", "roles": ["operator", "auditor"]},
        {"roles": "auditor"},
        {"roles": [1]},
        {"scope": "north"},
        {"scope": {"north": True}},
        {"authority": "northmoor\0"},
        {"scope": ["north\0"]},
        {"roles": ["auditor", "\x1b"]},
    ],
)
async def test_wrong_claims_are_refused(verifier: TokenVerifier, key: ECKey, changed: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        await verifier.verify(signed(key, claims(**changed)))


@pytest.mark.parametrize("changed", [{"exp": int(NOW.timestamp()) - 29}, {"nbf": int(NOW.timestamp()) + 29}])
async def test_clocks_may_differ_by_half_a_minute(verifier: TokenVerifier, key: ECKey, changed: dict[str, Any]) -> None:
    await verifier.verify(signed(key, claims(**changed)))


def unsigned(_key: ECKey) -> str:
    return f"{segment({'alg': 'none', 'kid': 'one'})}.{segment(claims())}."


def unsigned_in_capitals(_key: ECKey) -> str:
    return f"{segment({'alg': 'nOnE', 'kid': 'one'})}.{segment(claims())}."


def signed_with_the_public_key_as_a_secret(key: ECKey) -> str:
    head = f"{segment({'alg': 'HS256', 'kid': 'one'})}.{segment(claims())}"
    mac = hmac.digest(key.as_pem(private=False), head.encode(), hashlib.sha256)
    return f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def signed_with_a_secret(_key: ECKey) -> str:
    return signed(OctKey.generate_key(256, {"kid": "one"}), claims(), "HS256")


def signed_by_a_stranger_under_our_key_s_name(_key: ECKey) -> str:
    return signed(ECKey.generate_key("P-256", {"kid": "one"}), claims())


def signed_by_a_stranger(_key: ECKey) -> str:
    return signed(ECKey.generate_key("P-256", {"kid": "two"}), claims())


def signed_by_a_stranger_who_brings_the_key(_key: ECKey) -> str:
    own = ECKey.generate_key("P-256", {"kid": "own"})
    return signed(own, claims(), jwk=own.as_dict(private=False))


def changed_after_signing(key: ECKey) -> str:
    head, _, signature = signed(key, claims()).split(".")
    return f"{head}.{segment(claims(roles=['director']))}.{signature}"


def without_signature(key: ECKey) -> str:
    return signed(key, claims()).rsplit(".", 1)[0] + "."


def too_long(key: ECKey) -> str:
    return signed(key, claims(scope=["x" * 9000]))


def no_token(_key: ECKey) -> str:
    return "Jane Example"


def not_json(_key: ECKey) -> str:
    return "a.b.c"


def a_list(key: ECKey) -> str:
    head = segment({"alg": "ES256", "kid": key.kid})
    return f"{head}.{segment([1])}.AAAA"


@pytest.mark.parametrize(
    "attack",
    [
        unsigned,
        unsigned_in_capitals,
        signed_with_the_public_key_as_a_secret,
        signed_with_a_secret,
        signed_by_a_stranger_under_our_key_s_name,
        signed_by_a_stranger,
        signed_by_a_stranger_who_brings_the_key,
        changed_after_signing,
        without_signature,
        too_long,
        no_token,
        not_json,
        a_list,
    ],
)
async def test_attacks_are_refused(verifier: TokenVerifier, key: ECKey, attack: Callable[[ECKey], str]) -> None:
    with pytest.raises(TokenRefused) as refusal:
        await verifier.verify(attack(key))
    assert "Jane" not in str(refusal.value)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # by RFC 9864, and still what issuers write
@pytest.mark.parametrize(
    ("made", "alg"),
    [
        (RSAKey.generate_key(2048, {"kid": "rsa"}), "RS256"),
        (OKPKey.generate_key("Ed25519", {"kid": "ed"}), "EdDSA"),
        (OKPKey.generate_key("Ed25519", {"kid": "ed"}), "Ed25519"),
    ],
)
async def test_the_other_allowed_signatures(tmp_path: Path, made: Any, alg: str) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(json.dumps(KeySet([made]).as_dict(private=False)))
    await TokenVerifier(jwks, ISSUER, AUDIENCE, now=NOW.timestamp).verify(signed(made, claims(), alg))


async def test_unknown_roles_give_nothing(verifier: TokenVerifier, key: ECKey) -> None:
    principal = await verifier.verify(signed(key, claims(roles=["superuser", "auditor"])))
    assert principal.roles == {Role.AUDITOR}


class Issuer:
    """An issuer's key address that can change its keys and go away."""

    def __init__(self) -> None:
        self.keys: list[ECKey] = []
        self.away = False
        self.asked = 0
        self.seconds = NOW.timestamp()

    def verifier(self) -> TokenVerifier:
        transport = httpx.MockTransport(self._answer)
        return TokenVerifier(
            "https://login.example.org/jwks", ISSUER, AUDIENCE, now=lambda: self.seconds, transport=transport
        )

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.away:
            raise httpx.ConnectError("away")
        return httpx.Response(200, json=KeySet(list(self.keys)).as_dict(private=False))


async def test_keys_are_asked_for_once_and_kept(key: ECKey) -> None:
    there = Issuer()
    there.keys = [key]
    verifier = there.verifier()
    for _ in range(5):
        await verifier.verify(signed(key, claims()))
    assert there.asked == 1


async def test_a_new_key_of_the_issuer_is_found_at_once_and_the_old_one_forgotten(key: ECKey) -> None:
    there = Issuer()
    there.keys = [key]
    verifier = there.verifier()
    await verifier.verify(signed(key, claims()))
    new = ECKey.generate_key("P-256", {"kid": "new"})
    there.keys = [new]
    there.seconds += 11
    await verifier.verify(signed(new, claims()))
    with pytest.raises(TokenRefused):
        await verifier.verify(signed(key, claims()))


async def test_invented_key_names_do_not_make_us_ask_the_issuer_again_and_again(key: ECKey) -> None:
    there = Issuer()
    there.keys = [key]
    verifier = there.verifier()
    await verifier.verify(signed(key, claims()))
    for number in range(20):
        there.seconds += 0.4
        with pytest.raises(TokenRefused):
            await verifier.verify(signed(ECKey.generate_key("P-256", {"kid": f"invented-{number}"}), claims()))
    assert there.asked == 1  # within ten seconds of the first time


async def test_the_issuer_away_from_the_start_lets_nobody_in_and_refuses_nobody_for_good(key: ECKey) -> None:
    there = Issuer()
    there.away = True
    verifier = there.verifier()
    with pytest.raises(KeysUnavailable):
        await verifier.verify(signed(key, claims()))
    there.away, there.keys = False, [key]
    there.seconds += 11
    await verifier.verify(signed(key, claims()))


async def test_known_keys_outlive_the_issuer_for_a_day(key: ECKey) -> None:
    there = Issuer()
    there.keys = [key]
    verifier = there.verifier()
    await verifier.verify(signed(key, claims()))
    there.away = True
    there.seconds += 3500
    await verifier.verify(signed(key, claims()))
    there.seconds += 24 * 3600
    with pytest.raises(KeysUnavailable):
        await verifier.verify(signed(key, claims(exp=int(there.seconds) + 60)))


async def test_the_local_issuer_keeps_its_key_and_shows_only_the_public_one(tmp_path: Path) -> None:
    first, second = issuer(tmp_path), issuer(tmp_path)
    principal = await second.verifier().verify(first.issue("qa-manager", "northmoor", person=PERSON))
    assert principal.person == PERSON
    assert principal.scope == ("*",)
    assert '"d"' not in first.jwks.read_text()
    private = tmp_path / "keys" / "local-issuer.json"
    assert private.stat().st_mode & 0o077 == 0


async def test_issuers_that_start_at_once_end_with_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: issuer(tmp_path), range(8)))
    for one in made:
        await made[0].verifier().verify(one.issue("auditor", "northmoor"))


async def test_another_installation_s_local_token_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TokenRefused):
        await issuer(tmp_path / "a").verifier().verify(issuer(tmp_path / "b").issue("director", "northmoor"))


async def test_local_tokens_end(tmp_path: Path) -> None:
    made: LocalIssuer = issuer(tmp_path)
    old = made.issue("auditor", "northmoor", hours=1, now=datetime.now(UTC) - timedelta(hours=2))
    with pytest.raises(TokenRefused) as refusal:
        await made.verifier().verify(old)
    assert refusal.value.kind == "token-expired"


@pytest.mark.parametrize("written", ["east/", "/east", "east", "east//"])
async def test_a_slash_at_an_end_of_a_scope_means_nothing(verifier: TokenVerifier, key: ECKey, written: str) -> None:
    principal = await verifier.verify(signed(key, claims(scope=[written])))
    assert principal.scope == ("east",)
    assert principal.covers("northmoor", "east/harbour/harbour-1")
    assert not principal.covers("northmoor", "eastgate")


@pytest.mark.parametrize("written", ["", "/", "east//harbour", "*/", "/*", "east/*"])
async def test_a_scope_that_names_no_part_is_refused(verifier: TokenVerifier, key: ECKey, written: str) -> None:
    with pytest.raises(TokenRefused, match="scope is area, area/district or so") as refused:
        await verifier.verify(signed(key, claims(scope=["north", written])))
    assert refused.value.kind == "token-claims"

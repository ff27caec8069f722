"""Bearer tokens: verified against an issuer's published keys, or made here for local use.

Only signatures by a private key are accepted (RS256, ES256, EdDSA): never `none`, and never a shared secret, with
which whoever can check a token could also make one.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

from shared.privacy.secret_files import write_once, write_whole
from shared.web.principal import ACROSS_AUTHORITIES, WHOLE, Principal, Role

ALGORITHMS = ("RS256", "ES256", "EdDSA", "Ed25519")
LEEWAY_SECONDS = 30
_LIVES_FOR_SECONDS = 300.0
_ASK_AGAIN_AFTER_SECONDS = 10.0
_STALE_FOR_SECONDS = 24 * 3600.0
_LONGEST_TOKEN = 8192


class TokenRefused(Exception):
    """The token does not prove who is asking; `kind` is a stable code, the message a sentence for the caller."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class KeysUnavailable(Exception):
    """The issuer's keys cannot be had now: nobody can be let in or refused for good."""


class TokenVerifier:
    """Turns a bearer token into a `Principal`, or raises `TokenRefused`.

    `jwks` is a file path or an http(s) URL of a JSON Web Key Set. The keys are kept for five minutes, asked for again
    at once (though not more often than every ten seconds) when a token names a key not among them, and used for up to
    a day when the issuer cannot be reached.
    """

    def __init__(
        self,
        jwks: str | Path,
        issuer: str,
        audience: str,
        *,
        now: Callable[[], float] = time.time,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._source = str(jwks)
        self._now = now
        self._transport = transport
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()
        self._registry = JWSRegistry(algorithms=list(ALGORITHMS))
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """Verify signature, issuer, audience and times, then read the claims.

        Raises `TokenRefused` (401) or `KeysUnavailable` (503).
        """
        if len(token) > _LONGEST_TOKEN:
            raise TokenRefused("token-malformed", "The token is too long to be one of ours.")
        claims = await self._verified_claims(token)
        return principal_from(claims)

    async def _verified_claims(self, token: str) -> dict[str, object]:
        keys = await self._key_set(refresh=False)
        try:
            decoded = self._decode(token, keys)
        except TokenRefused as refusal:
            if refusal.kind != "token-key-unknown":
                raise
            decoded = self._decode(token, await self._key_set(refresh=True))
        try:
            self._claims.validate(decoded.claims)
        except ExpiredTokenError as error:
            raise TokenRefused("token-expired", "The token has expired. Ask for a new one.") from error
        except JoseError as error:
            raise TokenRefused(
                "token-claims", "The token was made by another issuer, for another audience, or is not valid yet."
            ) from error
        return decoded.claims

    def _decode(self, token: str, keys: KeySet) -> jwt.Token:
        try:
            return jwt.decode(token, keys, algorithms=list(ALGORITHMS), registry=self._registry)
        except BadSignatureError as error:
            raise TokenRefused("token-signature", "The token's signature does not hold.") from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            # joserfc raises InvalidKeyIdError, a ValueError before 1.0, for a key that is not in the set.
            if "kid" in type(error).__name__.lower() or type(error).__name__ == "InvalidKeyIdError":
                raise TokenRefused("token-key-unknown", "The token is signed with a key that is not known.") from error
            raise TokenRefused("token-malformed", "The token cannot be read, or is signed in a way not allowed.") from (
                error
            )

    async def _key_set(self, *, refresh: bool) -> KeySet:
        """Give the keys: from memory while they are fresh, else asked for by one request at a time."""
        now = self._now()
        stale = refresh or now - self._fetched_at > _LIVES_FOR_SECONDS
        if self._keys is not None and (not stale or now - self._asked_at < _ASK_AGAIN_AFTER_SECONDS):
            return self._keys
        async with self._lock:
            if self._keys is not None and self._asked_at >= now:
                return self._keys
            self._asked_at = self._now()
            try:
                self._keys = KeySet.import_key_set(json.loads(await self._read()))
                self._fetched_at = self._now()
            except (OSError, httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
                if self._keys is None or self._now() - self._fetched_at > _STALE_FOR_SECONDS:
                    raise KeysUnavailable("The keys that tokens are checked with cannot be read now.") from error
            return self._keys

    async def _read(self) -> bytes:
        if not self._source.startswith(("http://", "https://")):
            return await asyncio.to_thread(Path(self._source).read_bytes)
        async with httpx.AsyncClient(transport=self._transport, timeout=5.0) as client:
            answer = await client.get(self._source)
            answer.raise_for_status()
            return answer.content


def principal_from(claims: dict[str, object]) -> Principal:
    """Read the claims `sub`, `authority`, `roles` and `scope`; raises `TokenRefused` where one is missing or odd."""
    try:
        person = UUID(str(claims.get("sub")))
    except ValueError as error:
        raise TokenRefused("token-claims", "The token's subject is not a person reference (a UUID).") from error
    authority = claims.get("authority")
    if not isinstance(authority, str) or not authority or not authority.isprintable():
        raise TokenRefused("token-claims", "The token names no authority.")
    known = {role.value for role in Role}
    roles = frozenset(Role(name) for name in _strings(claims, "roles") if name in known)
    if authority == WHOLE and (not roles or not roles <= ACROSS_AUTHORITIES):
        raise TokenRefused("token-claims", "The token's role may not act for every authority.")
    return Principal(person, roles, authority, tuple(_part(one) for one in _strings(claims, "scope")))


def _part(scope: str) -> str:
    """Give a part of the organisation as everybody compares it: a slash too many at an end means nothing."""
    part = scope.strip("/")
    if part == WHOLE and scope == WHOLE:
        return WHOLE
    if "" in part.split("/") or WHOLE in part.split("/"):
        raise TokenRefused("token-claims", "Each part in the token's scope is area, area/district or so, or * for all.")
    return part


def _strings(claims: dict[str, object], name: str) -> list[str]:
    value = claims.get(name, [])
    # A control character or half a surrogate names nothing of ours, and no database takes it.
    if not isinstance(value, list) or not all(isinstance(one, str) and one.isprintable() for one in value):
        raise TokenRefused("token-claims", f"The token's {name} must be a list of printable texts.")
    return value


class LocalIssuer:
    """Makes tokens for local use with a key of its own, made at first use under a folder.

    The folder gets `local-issuer.json` (the private key, readable by its owner alone) and `jwks.json` (public). Two
    processes that start at once end with the same key.
    """

    ISSUER = "sightline-local"
    AUDIENCE = "sightline"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = self._load_or_make()

    @property
    def jwks(self) -> Path:
        """The file of public keys, for `TokenVerifier`."""
        return self._folder / "jwks.json"

    def verifier(self) -> TokenVerifier:
        """Give a verifier of this issuer's tokens."""
        return TokenVerifier(self.jwks, self.ISSUER, self.AUDIENCE)

    def issue(
        self,
        role: Role | str,
        authority: str,
        scope: Sequence[str] = (WHOLE,),
        person: UUID | None = None,
        hours: float = 12,
        *,
        also: Sequence[Role] = (),
        now: datetime | None = None,
    ) -> str:
        """Make a token; `also` are further roles. Without a person it stands for nobody in particular (nil UUID)."""
        issued = now or datetime.now(UTC)
        claims: dict[str, object] = {
            "iss": self.ISSUER,
            "aud": self.AUDIENCE,
            "sub": str(person or UUID(int=0)),
            "iat": int(issued.timestamp()),
            "nbf": int(issued.timestamp()),
            "exp": int((issued + timedelta(hours=hours)).timestamp()),
            "authority": authority,
            "roles": [Role(role).value, *(one.value for one in also)],
            "scope": list(scope),
        }
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, claims, self._key, algorithms=["ES256"])

    def _load_or_make(self) -> ECKey:
        private = self._folder / "local-issuer.json"
        if not private.exists():
            made = ECKey.generate_key("P-256", auto_kid=True)
            write_once(private, json.dumps(made.as_dict(private=True)).encode())
        key = ECKey.import_key(json.loads(private.read_bytes()))
        public = json.dumps(KeySet([key]).as_dict(private=False)).encode()
        if not self.jwks.exists() or self.jwks.read_bytes() != public:
            write_whole(self.jwks, public)
        return key

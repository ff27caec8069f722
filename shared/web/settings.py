"""How tokens are checked and how much is read: settings of every service's web side."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.web.sign_in import LocalSignIn, SignInCodes
from shared.web.tokens import LocalIssuer, TokenVerifier


class WebSettings(BaseSettings):
    """Settings read from the environment, prefix SIGHTLINE_."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_", extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address the services listen on")
    local: bool = Field(
        default=False,
        description="Local use: tokens of the local issuer are taken and sign-in links work. Never outside",
    )
    tokens_jwks: str = Field(default="", description="File or URL of the token issuer's public keys (JWKS)")
    tokens_issuer: str = Field(default="", description="The issuer (iss) tokens must name")
    tokens_audience: str = Field(default="sightline", description="The audience (aud) tokens must name")
    home: Path = Field(default=Path(".sightline"), description="Folder of local data; its keys/ holds the local issuer")
    body_limit_bytes: int = Field(default=1024 * 1024, gt=0, description="Largest request body, in bytes")

    def verifier(self) -> TokenVerifier:
        """Give the verifier these settings describe; raises `ValueError` with the way out when they are incomplete."""
        if self.tokens_jwks:
            if not self.tokens_issuer:
                raise ValueError("SIGHTLINE_TOKENS_JWKS is set without SIGHTLINE_TOKENS_ISSUER: set the issuer's name.")
            return TokenVerifier(self.tokens_jwks, self.tokens_issuer, self.tokens_audience)
        if not self.local:
            raise ValueError(
                "No token issuer is set: set SIGHTLINE_TOKENS_JWKS and SIGHTLINE_TOKENS_ISSUER, or "
                "SIGHTLINE_LOCAL=true for use on your own machine."
            )
        return local_issuer(self.home).verifier()

    def sign_in(self) -> LocalSignIn | None:
        """Give what sign-in links work with: in local use with the local issuer alone."""
        ours = not self.tokens_jwks or self.tokens_issuer == LocalIssuer.ISSUER
        return local_sign_in(self.home) if self.local and ours else None


def local_issuer(home: Path) -> LocalIssuer:
    """Give the issuer of a local installation, whose key lies under its home folder."""
    return LocalIssuer(home / "keys")


def local_sign_in(home: Path) -> LocalSignIn:
    """Give the sign-in links of a local installation, whose codes lie with its keys."""
    return LocalSignIn(SignInCodes(home / "keys" / "sign-in"), local_issuer(home))

"""JSON web tokens of one issuer, checked with the keys it publishes (RFC 7517, 7519, 8725)."""

import asyncio
import re
import time
from typing import Any

import httpx2
import jwt

from agent.logs import log
from agent.settings import Settings

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
LEEWAY_S = 30  # by which clocks may differ
FRESH_S = 300  # after which the keys are asked for again
AGAIN_S = 3  # after which they may be, for a token that names a key they do not have
PATIENCE_S = 3  # for an answer of the issuer
_SUBJECT = re.compile(r"[!-~]{1,200}")


class Unavailable(Exception):
    """The issuer does not tell its keys now."""


class Tokens:
    """Whose tokens these are. No secret key is ever accepted, so that none can be confused."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.keys: list[jwt.PyJWK] = []
        self.asked = float("-inf")
        self.asking = asyncio.Lock()

    async def claims(self, token: str) -> dict[str, Any]:
        """What a valid token says. Raises `jwt.PyJWTError` and `Unavailable`."""
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError
        claims: dict[str, Any] = jwt.decode(
            token,
            await self.key(header.get("kid")),
            algorithms=ALGORITHMS,
            issuer=self.settings.jwt_issuer,
            audience=self.settings.jwt_audience,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        if not _SUBJECT.fullmatch(str(claims["sub"])):
            raise jwt.InvalidTokenError
        return claims

    async def key(self, kid: str | None) -> jwt.PyJWK:
        """The key that a token names. A new one is looked for, but not for every bad token."""
        async with self.asking:
            waited = time.monotonic() - self.asked
            if waited > FRESH_S or (self.find(kid) is None and waited > AGAIN_S):
                await self.refresh()
        if found := self.find(kid):
            return found
        if not self.keys:
            raise Unavailable
        raise jwt.InvalidTokenError

    def find(self, kid: str | None) -> jwt.PyJWK | None:
        if kid is None and len(self.keys) == 1:
            return self.keys[0]
        return next((key for key in self.keys if kid and key.key_id == kid), None)

    async def refresh(self) -> None:
        """Keep the old keys while the issuer cannot be reached."""
        self.asked = time.monotonic()
        try:
            async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
                answer = await client.get(str(self.settings.jwks_url))
            self.keys = public_keys(answer.raise_for_status().json())
        except (httpx2.HTTPError, ValueError, AttributeError, TypeError, jwt.PyJWTError) as e:
            log.warning("jwks_failed", error=type(e).__name__)


def public_keys(jwks: dict[str, Any]) -> list[jwt.PyJWK]:
    """Those that can check a signature; sets may hold others too."""
    usable = []
    for key in jwks["keys"]:
        if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig":
            usable.append(jwt.PyJWK(key))
    return usable

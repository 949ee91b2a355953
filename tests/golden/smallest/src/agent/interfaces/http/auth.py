"""Who is calling, what they may do, and how often."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

import jwt
from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from agent.interfaces.http import rates
from agent.interfaces.http.tokens import Unavailable
from agent.schemas import SCOPES, Policies, Scope
from agent.service import Service
from agent.settings import Settings

Header = Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


@dataclass(frozen=True)
class Caller:
    """Somebody who may call now, and the service they call."""

    name: str
    scopes: Collection[str]
    service: Service

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or "admin" in self.scopes


async def admit(request: Request, key: Header, bearer: Bearer) -> Caller:
    """Raises 401, 429 and 503."""
    service: Service = request.app.state.service
    policies = service.engine.manifests.policies
    token = bearer.credentials if bearer else ""
    if service.settings.jwks_url and not key and token.count(".") == 2:
        name, scopes = await subject(request, token)
    else:
        name = identify(service.settings, key or token)
        scopes = allowed(policies, name)
    who = name
    if name == "anonymous" and request.client:
        who = f"{name}@{request.client.host}"
    if wait := await rates.count(service.store, policies.rate_limit, who):
        raise HTTPException(429, f"at most {policies.rate_limit}", {"Retry-After": str(wait)})
    return Caller(name, scopes, service)


def identify(settings: Settings, secret: str) -> str:
    """Compare with every key in constant time, so that the time taken says nothing."""
    found = ""
    for name, known in settings.api_keys.items():
        if hmac.compare_digest(secret.encode(), known.get_secret_value().encode()):
            found = name
    open_to_all = settings.development and not settings.api_keys and not settings.jwks_url
    if not found and not open_to_all:
        raise unauthorized("a valid API key or token is required")
    return found or "anonymous"


def allowed(policies: Policies, name: str) -> Collection[str]:
    """The scopes of a caller with a key."""
    return policies.callers.get(name, ["run", "approve"])


async def subject(request: Request, token: str) -> tuple[str, Collection[str]]:
    """The name and the scopes of a token's owner, whom no name of a key can be mistaken for."""
    try:
        claims = await request.app.state.tokens.claims(token)
    except jwt.PyJWTError:
        raise unauthorized("the token is not valid") from None
    except Unavailable:
        raise HTTPException(503, "tokens cannot be checked now", {"Retry-After": "5"}) from None
    given = claims.get("scope") or claims.get("scp") or []
    given = given.split() if isinstance(given, str) else given
    return f"jwt:{claims['sub']}", [scope for scope in SCOPES if scope in given]


def unauthorized(message: str) -> HTTPException:
    return HTTPException(401, message, {"WWW-Authenticate": "Bearer"})


Admitted = Annotated[Caller, Depends(admit)]


def need(scope: Scope) -> Any:
    """A dependency: the caller, if this is one of the things they may do. Raises 403."""

    async def check(caller: Admitted) -> Caller:
        if not caller.may(scope):
            raise HTTPException(403, f"this needs the scope {scope}")
        return caller

    return Depends(check)


Runner = Annotated[Caller, need("run")]
Approver = Annotated[Caller, need("approve")]

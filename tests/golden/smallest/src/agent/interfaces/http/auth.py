"""Who is calling, and how often they may."""

import hmac
import math
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from limits import parse

from agent.service import Service
from agent.settings import Settings

_parse = lru_cache(parse)
Header = Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


@dataclass(frozen=True)
class Caller:
    """Somebody who may call now, and the service they call."""

    name: str
    service: Service


async def admit(request: Request, key: Header, bearer: Bearer) -> Caller:
    """Raises 401 and 429."""
    service: Service = request.app.state.service
    name = identify(service.settings, key or (bearer.credentials if bearer else ""))
    client = request.client.host if name == "anonymous" and request.client else ""
    limit = _parse(service.engine.manifests.policies.rate_limit)
    if not await request.app.state.limiter.hit(limit, name, client):
        window = await request.app.state.limiter.get_window_stats(limit, name, client)
        wait = max(1, math.ceil(window.reset_time - time.time()))
        raise HTTPException(429, f"at most {limit}", {"Retry-After": str(wait)})
    return Caller(name, service)


def identify(settings: Settings, secret: str) -> str:
    """Compare with every key in constant time, so that the time taken says nothing."""
    found = ""
    for name, known in settings.api_keys.items():
        if hmac.compare_digest(secret.encode(), known.get_secret_value().encode()):
            found = name
    if not found and not (settings.development and not settings.api_keys):
        raise HTTPException(401, "a valid API key is required", {"WWW-Authenticate": "Bearer"})
    return found or "anonymous"


Admitted = Annotated[Caller, Depends(admit)]

"""/mcp: the Model Context Protocol, for the callers of /v1."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from agent.interfaces.http.auth import Admitted
from agent.interfaces.mcp.server import build

LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")
OURS = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # `guard` does it


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    server = build(app.state.service)
    server.streamable_http_app(stateless_http=True, transport_security=OURS)
    async with server.session_manager.run():
        app.state.mcp = server.session_manager
        yield


router = APIRouter(lifespan=lifespan, include_in_schema=False)


class Handed(Response):
    """A request that the protocol's own library answers."""

    def __init__(self, manager: StreamableHTTPSessionManager):
        super().__init__()
        self.manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.manager.handle_request(scope, receive, send)


@router.post("/mcp")
async def mcp(request: Request, caller: Admitted) -> Response:
    """Each request stands for itself, so that any process can answer it."""
    guard(request, caller.name)
    request.state.caller = caller
    return Handed(request.app.state.mcp)


def guard(request: Request, caller: str) -> None:
    """Pages of other sites may not call, not even under a name that leads here. Raises 403."""
    origin, host = request.headers.get("Origin"), request.headers.get("Host", "")
    if origin and origin.partition("://")[2] != host:
        raise HTTPException(403, "pages of other origins may not call")
    if caller == "anonymous" and not LOOPBACK.fullmatch(host):
        raise HTTPException(403, "without AGENT_API_KEYS, only localhost may be called")

"""Around every request: its id, size limit, log line and metrics, and an answer if it crashes."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.logs import log
from agent.service import Service

_REQUEST_ID = re.compile(r"[\w.-]{1,128}")


class Surround:
    """Plain ASGI: the BaseHTTPMiddleware way costs more than all the rest here."""

    def __init__(self, app: ASGIApp, service: Service):
        self.app, self.service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        started, status, size = time.perf_counter(), 0, 0

        async def read() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.service.engine.manifests.policies.max_body_bytes:
                raise HTTPException(413, "the body is too large")
            return message

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, read, answer)
            except Exception:
                log.exception("request_failed")
                if status:
                    raise  # too late to answer: the connection has to break
                error = {"code": "http_500", "message": "internal error", "request_id": request_id}
                await JSONResponse({"error": error}, 500)(scope, receive, answer)
            finally:
                self.note(scope, status or 500, time.perf_counter() - started)

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = getattr(scope.get("route"), "path", "unmatched"), scope["method"]
        self.service.metrics.http_seconds.labels(method, route, status).observe(seconds)
        level = log.info if route.startswith("/v1") else log.debug  # probes would drown the rest
        level("request", method=method, route=route, status=status, seconds=round(seconds, 4))

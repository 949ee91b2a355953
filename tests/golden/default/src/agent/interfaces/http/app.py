"""The application: health, metrics, and errors in one form."""

import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException

from agent.interfaces import http
from agent.interfaces.http.middleware import Surround
from agent.service import Service


def create_app(service: Service) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    workflow = service.engine.manifests.workflow
    about: dict[str, Any] = {"title": workflow.name, "description": workflow.description}
    app = FastAPI(**about, version=workflow.version, lifespan=lifespan)
    app.state.service, app.state.limiter = service, MovingWindowRateLimiter(MemoryStorage())
    app.add_middleware(Surround, service=service)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    for router in routers():
        app.include_router(router)
    for check in live, ready, health, metrics:
        app.get(f"/{check.__name__}", tags=["operations"])(check)
    return app


def routers() -> list[APIRouter]:
    """The `router` of every module beside this one that has one."""
    names = [m.name for m in pkgutil.iter_modules(http.__path__, "agent.interfaces.http.")]
    names.remove(__name__)
    return [m.router for m in map(import_module, names) if hasattr(m, "router")]


async def live() -> dict[str, str]:
    """The process runs. Never looks at anything else."""
    return {"status": "alive"}


async def ready(request: Request, response: Response) -> dict[str, str]:
    """Requests can be sent here."""
    found = await health(request, response)
    return {"status": "ready" if found["status"] == "healthy" else "not ready"}


async def health(request: Request, response: Response) -> dict[str, Any]:
    """What is running, and what is wrong with it."""
    found: dict[str, Any] = await request.app.state.service.health()
    response.status_code = 200 if found["status"] == "healthy" else 503
    return found


async def metrics(request: Request) -> Response:
    """For Prometheus."""
    service: Service = request.app.state.service
    if not service.engine.manifests.metrics.enabled:
        raise HTTPException(404, "disabled in config/metrics.yaml")
    return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def on_http_error(_: Request, error: Any) -> JSONResponse:
    body = {"code": f"http_{error.status_code}", "message": error.detail}
    return JSONResponse({"error": body}, error.status_code, error.headers)


async def on_invalid_request(_: Request, error: Any) -> JSONResponse:
    """The first thing that is wrong and where, without repeating what was sent."""
    first = error.errors()[0]
    message = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return JSONResponse({"error": {"code": "http_422", "message": message}}, 422)

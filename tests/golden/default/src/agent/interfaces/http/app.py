"""The application: every router of this folder, and what surrounds them."""

import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from agent.interfaces import http
from agent.interfaces.http.errors import add_handlers
from agent.interfaces.http.middleware import Surround
from agent.interfaces.http.tokens import Tokens
from agent.service import Service


def create_app(service: Service) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with service.running():
            yield

    workflow = service.engine.manifests.workflow
    about: dict[str, Any] = {"title": workflow.name, "description": workflow.description}
    app = FastAPI(**about, version=workflow.version, lifespan=lifespan)
    app.state.service, app.state.tokens = service, Tokens(service.settings)
    app.add_middleware(Surround, service=service)
    if origins := service.engine.manifests.policies.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-API-Key", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["Location", "Retry-After", "X-Request-ID"],
        )
    add_handlers(app)
    for router in routers():
        app.include_router(router)
    return app


def routers() -> list[APIRouter]:
    """The `router` of every module beside this one that has one."""
    names = [m.name for m in pkgutil.iter_modules(http.__path__, "agent.interfaces.http.")]
    names.remove(__name__)
    return [m.router for m in map(import_module, names) if hasattr(m, "router")]

"""One process that serves the app until it is told to stop."""

import asyncio
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

import agent
from agent.errors import ConfigError
from agent.interfaces.http.app import create_app
from agent.logs import log, setup
from agent.service import Service
from agent.settings import Settings

GRACE_S = 2  # for answering, when the time of the runs is over


class _Server(uvicorn.Server):
    service: Service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike the original, end with exit code 0: being told to stop is not a failure."""
        asyncio.get_running_loop().call_soon_threadsafe(self.service.drain)
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises `ConfigError` if it cannot start."""
    setup(settings)
    service = Service(settings, settings.check_auth)
    listening = bind(settings.host, settings.port)
    options: dict[str, Any] = {"log_config": None, "access_log": False}
    options["timeout_graceful_shutdown"] = int(settings.drain_seconds) + GRACE_S
    server = _Server(uvicorn.Config(create_app(service), **options))
    server.service = service
    log.info("serving", host=settings.host, port=settings.port, mode=service.engine.mode)
    server.run([listening])


def reload(settings: Settings) -> None:
    """Serve for whoever edits the code: every change of it starts a new process."""
    setup(settings)
    source = str(Path(agent.__file__).parent)
    options: dict[str, Any] = {"factory": True, "reload": True, "reload_dirs": [source]}
    options |= {"log_config": None, "access_log": False}
    uvicorn.run(f"{__name__}:app", host=settings.host, port=settings.port, **options)


def app() -> FastAPI:
    """What such a process serves. A mistake ends it, until the next change."""
    try:
        settings = Settings.load()
        setup(settings)
        return create_app(Service(settings, settings.check_auth))
    except ConfigError as e:
        raise SystemExit(f"error: {e}") from None


def bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as e:
        raise ConfigError(f"cannot listen on {host} port {port}: {e.strerror}") from e

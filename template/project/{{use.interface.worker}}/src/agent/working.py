"""What every process has that works without HTTP: its end, its metrics, and a sign of life."""

import asyncio
import os
import signal
import tempfile
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.service import Service
    from agent.settings import Settings

STALE_S = 15.0


def start_service(settings: "Settings") -> "Service":
    """The service of a process that executes, whatever AGENT_EXECUTE tells the HTTP service."""
    from agent.service import Service

    service = Service(settings.model_copy(update={"execute": True}))
    serve_metrics(service)
    return service


def serve_metrics(service: "Service") -> None:
    """Answer Prometheus on AGENT_METRICS_PORT, if there is one. Raises `ConfigError`."""
    from prometheus_client import start_http_server

    settings = service.settings
    if settings.metrics_port is None or not service.engine.manifests.metrics.enabled:
        return
    try:
        start_http_server(settings.metrics_port, settings.host, service.metrics.registry)
    except OSError as e:
        where = f"{settings.host} port {settings.metrics_port}"
        raise ConfigError(f"AGENT_METRICS_PORT: cannot listen on {where}: {e.strerror}") from e


@asynccontextmanager
async def working(service: "Service") -> AsyncIterator[None]:
    """Take queued runs and give signs of life meanwhile, and drain at the end."""
    from agent.service import forever

    async def beat() -> None:
        await service.store.count("run", "queued")  # without its store it is of no use
        sign_of_life().touch()

    beating = asyncio.create_task(forever(beat))
    try:
        async with service.running():
            yield
    finally:
        beating.cancel()


async def told_to_stop() -> None:
    """Wait for SIGTERM or SIGINT: being told to stop is not a failure."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for signal_ in signal.SIGTERM, signal.SIGINT:
        loop.add_signal_handler(signal_, stop.set)
    await stop.wait()


def sign_of_life() -> Path:
    """The file that workers of this folder touch; in a container there is one worker."""
    folder = zlib.crc32(os.fsencode(os.getcwd()))
    return Path(tempfile.gettempdir()) / f"agent-worker-{folder:08x}"


def check() -> None:
    """Raises `ConfigError` unless a worker has reached its store lately."""
    age = float("inf")
    with suppress(FileNotFoundError):
        age = time.time() - sign_of_life().stat().st_mtime
    if age > STALE_S:
        raise ConfigError(f"no worker has reached its store in the last {STALE_S:.0f} seconds")

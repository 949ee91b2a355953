"""A process that takes queued runs from the store, without HTTP: `agent worker`."""

import asyncio
import signal
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from agent.service import Service


def register(app: typer.Typer) -> None:
    app.command()(worker)


def worker() -> None:
    """Take queued runs from the store until told to stop, then drain."""
    from agent.logs import setup
    from agent.service import Service
    from agent.settings import Settings

    settings = Settings.load()
    setup(settings)
    asyncio.run(work(Service(settings)))


async def work(service: "Service") -> None:
    """Until SIGTERM or SIGINT; being told to stop is not a failure."""
    from agent.logs import log

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for signal_ in signal.SIGTERM, signal.SIGINT:
        loop.add_signal_handler(signal_, stop.set)
    log.info("working", mode=service.engine.mode)
    async with service.running():
        await stop.wait()

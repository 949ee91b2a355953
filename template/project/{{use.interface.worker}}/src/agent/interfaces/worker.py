"""A process that takes queued runs from the store, without HTTP: `agent worker`."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.service import Service


def register(app: typer.Typer) -> None:
    app.command()(worker)


def worker(
    check: Annotated[
        bool, typer.Option("--check", help="Only say by the exit code whether one works here.")
    ] = False,
) -> None:
    """Take queued runs from the store until told to stop, then drain."""
    from agent import working

    if check:
        return working.check()
    from agent.logs import setup
    from agent.settings import Settings

    settings = Settings.load()
    setup(settings)
    asyncio.run(work(working.start_service(settings)))


async def work(service: "Service") -> None:
    from agent.logs import log
    from agent.working import told_to_stop, working

    log.info("working", mode=service.engine.mode)
    async with working(service):
        await told_to_stop()

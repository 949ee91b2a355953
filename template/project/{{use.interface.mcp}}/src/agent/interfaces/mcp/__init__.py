"""The agent as a server of the Model Context Protocol: `agent mcp`."""

import asyncio
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from agent.service import Service


def register(app: typer.Typer) -> None:
    app.command()(mcp)


def mcp() -> None:
    """Serve the program that started this one, on stdin and stdout; logs go to stderr."""
    from agent.logs import setup
    from agent.service import Service
    from agent.settings import Settings

    settings = Settings.load()
    setup(settings)
    asyncio.run(serve(Service(settings)))


async def serve(service: "Service") -> None:
    """Until stdin ends."""
    from agent.interfaces.mcp.server import build

    async with service.running():
        await build(service).run_stdio_async()

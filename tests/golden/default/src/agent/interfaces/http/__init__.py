"""The HTTP API: `agent serve`."""

from typing import Annotated

import typer

RELOAD = Annotated[bool, typer.Option("--reload", help="Start anew when the code changes.")]


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(host: str | None = None, port: int | None = None, reload: RELOAD = False) -> None:
    """Serve the HTTP API on AGENT_HOST and AGENT_PORT."""
    from agent.interfaces.http import server
    from agent.settings import Settings

    settings = Settings.load(host=host, port=port)
    server.reload(settings) if reload else server.run(settings)

"""The HTTP API: `agent serve`."""

import typer


def register(app: typer.Typer) -> None:
    app.command()(serve)


def serve(host: str | None = None, port: int | None = None) -> None:
    """Serve the HTTP API on AGENT_HOST and AGENT_PORT."""
    from agent.interfaces.http.server import run
    from agent.settings import Settings

    run(Settings.load(host=host, port=port))

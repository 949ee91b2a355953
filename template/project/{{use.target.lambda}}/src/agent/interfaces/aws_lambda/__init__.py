"""The HTTP API as a function of AWS Lambda: `agent lambda`, which only works there."""

import os

import typer


def register(app: typer.Typer) -> None:
    app.command("lambda")(serve)


def serve() -> None:
    """Answer the invocations of AWS Lambda."""
    from agent.errors import ConfigError
    from agent.interfaces.aws_lambda import loop, runtime
    from agent.settings import Settings

    api = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if not api:
        raise ConfigError("AWS_LAMBDA_RUNTIME_API: only AWS Lambda can start this; try agent serve")
    try:
        loop.run(Settings.load(), api)
    except ConfigError as e:
        runtime.refuse(api, str(e))
        raise

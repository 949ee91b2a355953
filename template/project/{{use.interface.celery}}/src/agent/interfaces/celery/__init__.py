"""Runs as Celery tasks: `agent celery` is a Celery worker."""

import typer


def register(app: typer.Typer) -> None:
    more = {"allow_extra_args": True, "ignore_unknown_options": True}
    app.command(context_settings=more)(celery)


def celery(context: typer.Context) -> None:
    """Work on the task `agent.run`. Takes the options of `celery worker`, such as -c 4."""
    from agent.interfaces.celery.app import work

    work(context.args)

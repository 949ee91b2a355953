"""The terminal: `agent run QUESTION` and `agent chat`."""

import json
import sys
import uuid
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from agent.engine import Engine
    from agent.run import Run


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(chat)


def run(question: str) -> None:
    """Run the workflow once and print its output."""
    result = load_engine().run(question)
    show(result)
    raise typer.Exit(0 if result.status == "succeeded" else 1)


def chat() -> None:
    """Talk with the agent; an empty line or end of file ends it."""
    engine, session = load_engine(), uuid.uuid4().hex
    while question := ask_person():
        show(engine.run(question, session_id=session))


def load_engine() -> "Engine":
    from agent import Engine
    from agent.logs import setup
    from agent.settings import Settings

    settings = Settings.load()
    setup(settings)
    return Engine.from_config_dir(settings.config_dir, settings=settings)


def ask_person() -> str:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""


def show(run: "Run") -> None:
    """The output on stdout, and why there is none on stderr."""
    if run.status == "succeeded":
        typer.echo(text_of(run.output))
    elif run.error:
        where = f" ({run.error.node})" if run.error.node else ""
        typer.echo(f"{run.error.message}{where} The log has the details.", err=True)
    for path, question in run.waiting.items():
        typer.echo(f"waiting at {path}: {question.message} {question.choices}", err=True)


def text_of(output: Any) -> str:
    return output if isinstance(output, str) else json.dumps(output, indent=2, ensure_ascii=False)

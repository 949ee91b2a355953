"""The terminal: `agent run QUESTION` and `agent chat`."""

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from agent.engine import Engine
    from agent.run import Observer, Run, Waiting

MANIFESTS = {"cli_profiles": "agent.profiles:Profiles"}


def register(app: typer.Typer) -> None:
    app.command()(run)
    app.command()(chat)


def run(
    question: str,
    profile: Annotated[str | None, typer.Option(help="A name in cli_profiles.yaml.")] = None,
    session: Annotated[str | None, typer.Option(help="Go on with this conversation.")] = None,
    format: Annotated[Literal["text", "json"] | None, typer.Option(help="json: all of it.")] = None,
    stream: Annotated[bool | None, typer.Option(help="Tell on stderr as it comes.")] = None,
    env: str | None = None,
    config_dir: Path | None = None,
) -> None:
    """Run the workflow once and print its output. Options win over those of the profile."""
    from agent.profiles import find
    from agent.run import Run

    options = {"session": session, "format": format, "stream": stream, "env": env}
    given = find(config_dir, profile, **options)
    engine = load_engine(given.settings)
    session = f"cli:{given.session}" if given.session else None
    as_json = given.format == "json"
    printer = print_token if given.stream and not as_json else None
    asked = not as_json and sys.stdin.isatty()
    new = Run(input=question, session_id=session)
    result = asyncio.run(finish(engine, new, asked, printer))
    if printer:
        typer.echo("", err=True)  # the text so far is on stderr, the output on stdout
    (show_json if as_json else show)(result)
    raise typer.Exit(0 if result.status == "succeeded" else 1)


def print_token(event: dict[str, Any]) -> None:
    if event["event"] == "token":
        typer.echo(event["text"], nl=False, err=True)


def show_json(run: "Run") -> None:
    kept = {"id", "status", "output", "error", "usage", "manifests"}
    asked = {path: w.model_dump(exclude={"history"}) for path, w in run.waiting.items()}
    text = run.model_dump(mode="json", include=kept) | {"waiting": asked}
    typer.echo(json.dumps(text, indent=2, ensure_ascii=False))


def chat() -> None:
    """Talk with the agent; an empty line or end of file ends it."""
    from agent.run import Run

    engine, session = load_engine(), uuid.uuid4().hex
    while question := ask_person():
        new = Run(input=question, session_id=session)
        show(asyncio.run(finish(engine, new, asked=True)))


async def finish(
    engine: "Engine", run: "Run", asked: bool, stream: "Observer | None" = None
) -> "Run":
    """Take a run to its end. Where it waits, the person here is asked, and may leave it waiting."""
    from agent.run import Answer

    run = await engine.execute(run, stream)
    while asked and run.status == "waiting":
        for path, question in run.waiting.items():
            choice, comment = ask_choice(question)
            if not choice:
                return run
            run.answers[path] = Answer(choice=choice, comment=comment, by="cli")
        run = await engine.execute(run, stream)
    return run


def ask_choice(question: "Waiting") -> tuple[str, str]:
    """One of the choices, and what the person wrote behind it; nothing for an empty line."""
    typer.echo(f"{question.message}\n{', '.join(question.choices)}, and a comment?", err=True)
    while line := ask_person():
        for choice in question.choices:
            if line == choice or line.startswith(f"{choice} "):
                return choice, line.removeprefix(choice).strip()
        typer.echo(f"one of: {', '.join(question.choices)}", err=True)
    return "", ""


def load_engine(given: dict[str, Any] | None = None) -> "Engine":
    from agent import Engine
    from agent.logs import setup
    from agent.settings import Settings

    settings = Settings.load(**given or {})
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

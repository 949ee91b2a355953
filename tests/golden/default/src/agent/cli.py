"""The command line: what checks and shows the manifests, and what the interfaces add to it."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from agent.errors import ConfigError
from agent.interfaces import register_all

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def agent() -> None:
    """Run, serve and check the agent that config/ describes."""


@app.command()
def validate(
    config_dir: Path | None = None,
    env: str | None = None,
    against: Annotated[
        str | None, typer.Option(help="A git ref; fail if versions did not move since.")
    ] = None,
) -> None:
    """Check every manifest, and print each mistake with its file and line."""
    from agent import lock, versions
    from agent.manifests import load
    from agent.settings import Settings

    settings = Settings.load(config_dir=config_dir, env=env)
    manifests = load(settings.config_dir, settings.env)
    if (missing := lock.check(manifests)) and settings.production:
        typer.secho(f"note: {missing}", fg="yellow", err=True)
    if against:
        versions.check_bumps(settings.config_dir, against)
    typer.echo(f"ok: {manifests.workflow.name} {manifests.workflow.version}, {manifests.hash[:12]}")


@app.command()
def hashes(config_dir: Path | None = None) -> None:
    """Print the SHA-256 of every manifest."""
    from agent import manifests
    from agent.settings import Settings

    found = manifests.hashes(Settings.load(config_dir=config_dir).config_dir)
    typer.echo(json.dumps(found, indent=2))


@app.command()
def graph(config_dir: Path | None = None, env: str | None = None) -> None:
    """Print the workflow as a Mermaid flowchart."""
    from agent.graph import mermaid
    from agent.manifests import load
    from agent.settings import Settings

    settings = Settings.load(config_dir=config_dir, env=env)
    typer.echo(mermaid(load(settings.config_dir, settings.env).workflow))


@app.command("lock")
def lock_manifests(config_dir: Path | None = None) -> None:
    """Record the manifests as they are, for production, which starts with no others."""
    from agent import lock
    from agent.manifests import load
    from agent.settings import Settings

    settings = Settings.load(config_dir=config_dir)
    load(settings.config_dir, settings.env)
    typer.echo(f"wrote {lock.write(settings.config_dir).as_posix()}: review and commit it")


@app.command()
def schedule(
    config_dir: Path | None = None,
    env: str | None = None,
    count: Annotated[int, typer.Option(min=1, max=100)] = 3,
) -> None:
    """Show when the jobs of config/scheduler.yaml run next."""
    from datetime import UTC, datetime

    from agent.manifests import load
    from agent.schedule import coming
    from agent.settings import Settings

    settings = Settings.load(config_dir=config_dir, env=env)
    jobs = load(settings.config_dir, settings.env).scheduler.jobs
    for name, job in jobs.items():
        times = [time.isoformat() for time in coming(job, datetime.now(UTC), count)]
        typer.echo(f"{name}: {', '.join(times) if job.enabled else 'disabled'}")
    if not jobs:
        typer.echo("config/scheduler.yaml has no jobs")


@app.command("eval")
def evaluate(
    suite: Annotated[str | None, typer.Argument(help="Without it: all of them.")] = None,
    config_dir: Path | None = None,
    env: str | None = None,
    format: Annotated[Literal["text", "json", "junit"], typer.Option()] = "text",
) -> None:
    """Run the suites of config/evaluations.yaml; exit code 1 if one stays below its threshold."""
    from agent.evaluations import report
    from agent.logs import setup
    from agent.settings import Settings

    settings = Settings.load(config_dir=config_dir, env=env)
    setup(settings)
    text, good = report(settings, suite, format)
    typer.echo(text)
    raise typer.Exit(0 if good else 1)


@app.command()
def schemas(
    config_dir: Path | None = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if stale.")] = False,
) -> None:
    """Write the JSON schema of every manifest, for editors."""
    from agent.json_schemas import render_all
    from agent.settings import Settings

    folder, stale = Settings.load(config_dir=config_dir).config_dir / "schemas", []
    for name, text in render_all().items():
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8")
    if stale and check:
        raise ConfigError(f"stale, run `agent schemas`: {', '.join(stale)}")
    typer.echo(f"wrote {', '.join(stale)}" if stale else "the schemas are up to date")


@app.command()
def usage(
    days: Annotated[int, typer.Option(min=1)] = 7,
    format: Annotated[Literal["text", "json"], typer.Option()] = "text",
) -> None:
    """Show what each caller has used on the last days, from the store."""
    from agent.ledger import show
    from agent.settings import Settings

    typer.echo(show(Settings.load(), days, as_json=format == "json"))


def main() -> None:
    """Errors that are the user's to mend are a sentence, not a traceback."""
    register_all(app)
    try:
        app(prog_name="agent")
    except ConfigError as e:
        typer.secho(f"error: {e}", fg="red", err=True)
        sys.exit(1)

"""The commands that change or list the parts of a project."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentkit.cli_options import (
    BRANCH,
    COMMIT,
    DEFAULTS,
    DRY_RUN,
    FORMAT,
    PATH,
    VERIFY,
    Format,
    agree,
    report,
    settle,
    terminal,
)

if TYPE_CHECKING:
    from agentkit.agents import Added

app = typer.Typer()
KIND = Annotated[str, typer.Argument(help="Such as target, provider or store.")]
PART = Annotated[str, typer.Argument(help="Such as docker; `agentkit list` shows them.")]
LIKE = Annotated[
    str, typer.Option("--like", metavar="SHAPE", help="Of an agent: basic, routing or tool-heavy.")
]
TOML = Annotated[bool, typer.Option("--toml", help="Of an agent: write TOML, not YAML.")]


@app.command()
def add(
    kind: KIND,
    part: PART,
    path: PATH = Path(),
    like: LIKE = "",
    toml: TOML = False,
    defaults: DEFAULTS = False,
    dry_run: DRY_RUN = False,
    branch: BRANCH = "",
    commit: COMMIT = False,
    verify: VERIFY = "",
    format: FORMAT = Format.text,
) -> None:
    """Add a part to a project, with what it needs.

    `agentkit add agent NAME` writes config/agents/NAME.yaml, one more agent.
    """
    from agentkit import change, update

    if kind == "agent":
        file = "toml" if toml else "yaml"
        added = change.add_agent(path, part, like or "basic", file, dry_run=dry_run)
        typer.echo(show_agent(part, added, format))
        return
    if not dry_run:
        settle(path)
    how = update.How(dry_run, branch, commit, verify)
    prompt = terminal(defaults, format)
    report(change.add(path, kind, part, how, prompt, agree(prompt)), format, seen=bool(prompt))


def show_agent(name: str, added: "Added", format: Format) -> str:
    """What `add agent` has to say."""
    if format is Format.json:
        return json.dumps(dataclasses.asdict(added))
    if not added.written:
        return f"{added.file} would be written:\n\n{added.text.rstrip()}"
    return f"{added.file} is written. Give {name} work in config/workflow.yaml, then make validate."


@app.command()
def remove(
    kind: KIND,
    part: PART,
    path: PATH = Path(),
    defaults: DEFAULTS = False,
    dry_run: DRY_RUN = False,
    branch: BRANCH = "",
    commit: COMMIT = False,
    verify: VERIFY = "",
    format: FORMAT = Format.text,
) -> None:
    """Remove a part from a project.

    What you edited of it is a conflict, and never deleted silently.
    """
    from agentkit import change, update

    if not dry_run:
        settle(path)
    how = update.How(dry_run, branch, commit, verify)
    prompt = terminal(defaults, format)
    report(change.remove(path, kind, part, how, prompt, agree(prompt)), format, seen=bool(prompt))


@app.command("set")
def replace(
    question: Annotated[str, typer.Argument(help="A question or a kind, such as store.")],
    value: Annotated[str, typer.Argument(help="Its new answer.")],
    path: PATH = Path(),
    defaults: DEFAULTS = False,
    dry_run: DRY_RUN = False,
    branch: BRANCH = "",
    commit: COMMIT = False,
    verify: VERIFY = "",
    format: FORMAT = Format.text,
) -> None:
    """Change an answer of a project, such as its store.

    It is the same merge as an update, at the same version.
    """
    from agentkit import change, update

    if not dry_run:
        settle(path)
    how = update.How(dry_run, branch, commit, verify)
    prompt = terminal(defaults, format)
    report(
        change.replace(path, question, value, how, prompt, agree(prompt)), format, seen=bool(prompt)
    )


@app.command("list")
def show(
    kind: Annotated[str, typer.Argument(help="Only this kind.")] = "",
    path: PATH = Path(),
    format: FORMAT = Format.text,
) -> None:
    """List the parts that there are, and those that the project has."""
    from agentkit import change

    typer.echo(change.listed(path, kind, as_json=format is Format.json))

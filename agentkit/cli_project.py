"""The commands that work on a project: one function each, parse > call > report > exit."""

from pathlib import Path
from typing import Annotated

import typer

from agentkit.cli_options import (
    ANSWERS_FILE,
    BRANCH,
    COMMIT,
    DATA,
    DEFAULTS,
    DRY_RUN,
    FORMAT,
    PATH,
    TO,
    TRUST,
    VERIFY,
    Format,
    agree,
    data_of,
    report,
    terminal,
)
from agentkit.errors import CONFLICTS
from agentkit.names import ANSWERS_FILE as USUAL

app = typer.Typer()


@app.command()
def update(
    path: PATH = Path(),
    to: TO = "",
    data: DATA = None,
    defaults: DEFAULTS = False,
    dry_run: DRY_RUN = False,
    branch: BRANCH = "",
    commit: COMMIT = False,
    verify: VERIFY = "",
    abort: Annotated[bool, typer.Option("--abort", help="Take an unfinished update back.")] = False,
    go_on: Annotated[
        bool, typer.Option("--continue", help="Finish an update once conflicts are resolved.")
    ] = False,
    trust: TRUST = False,
    answers_file: ANSWERS_FILE = USUAL,
    explain_conflicts: Annotated[
        bool,
        typer.Option(
            "--explain-conflicts", help="Write a prompt for a coding assistant about the conflicts."
        ),
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 10 when there is nothing to do.")
    ] = False,
    format: FORMAT = Format.text,
) -> None:
    """Bring a project to a newer version of its template, as a merge."""
    from agentkit import update as command
    from agentkit.carry import Wish

    how = command.How(dry_run, branch, commit, verify, answers_file, explain_conflicts)
    if abort or go_on:
        for note in (command.undo if abort else command.resume)(path, how):
            typer.echo(note)
        return
    if explain_conflicts and (told := command.explained(path, how)):
        typer.echo(told)
        raise typer.Exit(CONFLICTS)
    prompt = terminal(defaults, format)
    wish = Wish(version=to, data=data_of(data), prompt=prompt, trust=trust)
    outcome = command.run(path, wish, how, agree(prompt))
    report(outcome, format, seen=bool(prompt), exit_code=exit_code)

"""The commands that look at a project, and those that say what is the template's in it."""

from pathlib import Path
from typing import Annotated

import typer

from agentkit.cli_options import (
    ANSWERS_FILE,
    DATA,
    DEFAULTS,
    DRY_RUN,
    FORMAT,
    PATH,
    TO,
    TRUST,
    Format,
    agree,
    data_of,
    report,
    settle,
    terminal,
)
from agentkit.errors import DONE, FAILED
from agentkit.names import ANSWERS_FILE as USUAL

app = typer.Typer()
FILE = Annotated[Path, typer.Argument(help="A file of a project, even if it is deleted.")]


@app.command()
def status(
    path: PATH = Path(),
    everything: Annotated[bool, typer.Option("--all", help="List every file.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Ask a template on the network too.")
    ] = False,
    trust: TRUST = False,
    answers_file: ANSWERS_FILE = USUAL,
    format: FORMAT = Format.text,
) -> None:
    """Show where a project stands, and what you changed.

    Nothing is written but what an interrupted update left to write, and without --check the network
    is left alone.
    """
    from agentkit import report_status
    from agentkit import status as command

    settle(path)
    found = command.examine(path, answers_file, check=check, trust=trust)
    if format is Format.json:
        typer.echo(report_status.as_json(found))
    else:
        typer.echo(report_status.text(found, everything=everything))


@app.command()
def config(
    path: PATH = Path(),
    explain: Annotated[
        str, typer.Option("--explain", metavar="KEY", help="A setting, a question, or a rule.")
    ] = "",
    format: FORMAT = Format.text,
) -> None:
    """Show what is set here, who says so, and what that overrides.

    Without --explain, every setting and answer with its value and where it comes from.
    """
    from agentkit import configured

    found = configured.Configured(path)
    told = {key: found.layers(key) for key in ([explain] if explain else found.keys)}
    if format is Format.json:
        typer.echo(configured.as_json(told))
    else:
        typer.echo(configured.as_text(told, whole=bool(explain)))


@app.command()
def diff(
    path: PATH = Path(),
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="VERSION", help="What an update would bring; newest is a version too."
        ),
    ] = "",
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 when there is a difference.")
    ] = False,
    trust: TRUST = False,
    answers_file: ANSWERS_FILE = USUAL,
    format: FORMAT = Format.text,
) -> None:
    """Print what you changed, or what an update brings.

    It is a patch for `git apply`. Files that are yours are left out; nothing is written.
    """
    from agentkit import diff as command
    from agentkit import report_status

    settle(path)
    if to:
        found = command.coming(path, to, answers_file, trust=trust)
    else:
        found = command.drifted(path, answers_file, trust=trust)
    if format is Format.json:
        typer.echo(report_status.diff_as_json(found))
    else:
        typer.echo(found.patch, nl=False)
    if found.conflicts:
        typer.echo(f"agentkit: in conflict: {', '.join(found.conflicts)}", err=True)
    raise typer.Exit(FAILED if exit_code and found.files else DONE)


def _folder(file: Path) -> Path:
    """The folder of a file that need not be there."""
    return next(folder for folder in file.absolute().parents if folder.is_dir())


@app.command()
def explain(
    file: FILE,
    trust: TRUST = False,
    answers_file: ANSWERS_FILE = USUAL,
    format: FORMAT = Format.text,
) -> None:
    """Tell where a file came from, and whose it is.

    Also what you changed in it since, as a patch.
    """
    from agentkit import explain as command
    from agentkit import report_status

    settle(_folder(file))
    found = command.look(file, answers_file, trust=trust)
    show = report_status.explained_as_json if format is Format.json else report_status.explained
    typer.echo(show(found))


@app.command()
def eject(
    files: Annotated[list[Path], typer.Argument(help="Files that the template wrote.")],
    trust: TRUST = False,
    answers_file: ANSWERS_FILE = USUAL,
    format: FORMAT = Format.text,
) -> None:
    """Make files your own: no update changes them.

    It is noted in agentkit.toml.
    """
    from agentkit import eject as command
    from agentkit import report_status

    for folder in {_folder(file) for file in files}:
        settle(folder)
    done = command.eject(files, answers_file, trust=trust)
    show = report_status.ejected_as_json if format is Format.json else report_status.ejected
    typer.echo(show(done))


@app.command()
def adopt(
    path: PATH = Path(),
    to: TO = "",
    data: DATA = None,
    template: Annotated[
        str, typer.Option(metavar="URL|PATH", help="Another copier template.")
    ] = "",
    defaults: DEFAULTS = False,
    dry_run: DRY_RUN = False,
    trust: TRUST = False,
    answers_file: ANSWERS_FILE = USUAL,
    format: FORMAT = Format.text,
) -> None:
    """Link a repository to a template.

    Your files stay as they are, and the template's files that are missing are added. The version
    and the answers are those whose files are likest to yours; --to and --data decide otherwise.
    """
    from agentkit import adopt as command
    from agentkit import update
    from agentkit.carry import Wish

    prompt = terminal(defaults, format)
    wish = Wish(version=to, data=data_of(data), prompt=prompt, trust=trust)
    how = update.How(dry_run=dry_run, answers_file=answers_file)
    report(command.adopt(path, template, wish, how, agree(prompt)), format, seen=bool(prompt))

"""The command line: one function a command, each parse > call > report > exit."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from agentkit import __version__, cli_check, cli_inspect, cli_org, cli_parts, cli_project
from agentkit.cli_options import DATA, DEFAULTS, FORMAT, TRUST, Format, data_of, spelled_out
from agentkit.errors import DONE, FAILED, AgentkitError

app = typer.Typer(
    name="agentkit",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,  # plain help: no import of rich for it
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def agentkit(
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
) -> None:
    """Generate production-ready repositories for LLM-agent services, and keep them up to date."""
    if version:
        typer.echo(f"agentkit {__version__}")
        raise typer.Exit(DONE)


@app.command()
def new(
    path: Annotated[str, typer.Argument(help="The folder to make, named as the project.")] = "",
    data: DATA = None,
    answers_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Answers from a YAML file.")
    ] = None,
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="A set of answers: minimal, service or production.")
    ] = "",
    defaults: DEFAULTS = False,
    everything: Annotated[bool, typer.Option("--all", help="Ask every question.")] = False,
    template: Annotated[
        str, typer.Option(metavar="URL|PATH", help="Another copier template.")
    ] = "",
    ref: Annotated[str, typer.Option(metavar="TAG", help="The template's version.")] = "",
    org: Annotated[
        str, typer.Option(metavar="URL[@REF]|PATH", help="The org file to follow.")
    ] = "",
    trust: TRUST = False,
    git: Annotated[bool, typer.Option("--git/--no-git", help="Make it a git repository.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the tree.")] = False,
    format: FORMAT = Format.text,
) -> None:
    """Generate a project: a complete repository that runs at once."""
    from agentkit import new as command

    options = command.Options(
        path=path,
        data=data_of(data),
        answers_file=answers_file,
        preset=preset,
        interactive=not defaults and format is Format.text and _terminal(),
        everything=everything,
        template=template,
        ref=ref,
        trust=trust,
        git=git,
        dry_run=dry_run,
        json=format is Format.json,
        org=org,
    )
    command.run(options)


app.registered_commands += cli_project.app.registered_commands
app.registered_commands += cli_parts.app.registered_commands
app.registered_commands += cli_inspect.app.registered_commands
app.registered_commands += cli_check.app.registered_commands
app.add_typer(cli_org.app, name="org")


@app.command()
def doctor(format: FORMAT = Format.text) -> None:
    """Say which tools are here, and how to get the others."""
    from agentkit import doctor as examiner

    found = examiner.examine()
    show = examiner.as_json if format is Format.json else examiner.as_text
    typer.echo(show(found))
    raise typer.Exit(DONE if examiner.healthy(found) else FAILED)


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def main() -> None:
    """The entry point: every known error is a sentence and an exit code, never a traceback."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        print(f"agentkit {__version__}")
        return
    try:
        app(spelled_out(sys.argv[1:]))
    except AgentkitError as e:
        prefix = "agentkit" if e.code > 128 else "error"
        print(f"{prefix}: {e}", file=sys.stderr)
        sys.exit(e.code)

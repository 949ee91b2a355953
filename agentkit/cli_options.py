"""The options that several commands share, and what they mean."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from agentkit.errors import CONFLICTS, DONE, NOTHING_TO_DO, USAGE, AgentkitError


class Format(StrEnum):
    """How a command reports."""

    text = "text"
    json = "json"


DEFAULT_BRANCH = "agentkit/update"
FORMAT = Annotated[Format, typer.Option("--format", help="How to report.")]
PATH = Annotated[Path, typer.Argument(help="The project's folder.", show_default=False)]
TO = Annotated[str, typer.Option("--to", metavar="VERSION", help="Not the newest version.")]
DATA = Annotated[
    list[str] | None,
    typer.Option("--data", "-d", metavar="KEY=VALUE", help="An answer; repeatable."),
]
DEFAULTS = Annotated[
    bool, typer.Option("--defaults", help="Never ask; what is not given has its default.")
]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Only print what would happen.")]
BRANCH = Annotated[
    str,
    typer.Option(
        "--branch",
        metavar="[NAME]",
        help="Commit to a new branch, agentkit/update if not named; leave the work tree alone.",
    ),
]
COMMIT = Annotated[bool, typer.Option("--commit", help="Commit the result.")]
VERIFY = Annotated[
    str, typer.Option("--verify", metavar="CMD", help="A command that must pass on the result.")
]
TRUST = Annotated[bool, typer.Option("--trust", help="Let another template run code of its own.")]
ANSWERS_FILE = Annotated[
    str, typer.Option("--answers-file", metavar="FILE", help="Of a project with several templates.")
]


def spelled_out(arguments: list[str]) -> list[str]:
    """The arguments with the name of a branch that was not named: typer has no optional values."""
    unnamed = [after[:1] in ("", "-") for after in [*arguments[1:], ""]]
    return [
        f"--branch={DEFAULT_BRANCH}" if word == "--branch" and alone else word
        for word, alone in zip(arguments, unnamed, strict=False)
    ]


def data_of(items: list[str] | None) -> dict[str, Any]:
    """The answers given as KEY=VALUE; raises AgentkitError."""
    given = {}
    for item in items or ():
        name, equals, value = item.partition("=")
        if not equals:
            fix = "write it as KEY=VALUE"
            raise AgentkitError(f'--data "{item}" has no value', fix=fix, code=USAGE)
        given[name.strip()] = value
    return given


def terminal(defaults: bool, format: Format) -> Any:
    """How to ask, or None: there is nobody, or nobody wants to be asked."""
    if defaults or format is Format.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    from agentkit import prompts

    return prompts.ask


def settle(path: Path) -> None:
    """Finish or undo what was interrupted in a project, and say so on stderr."""
    from agentkit import recovery

    recovery.settle(path)


def agree(prompt: Any) -> Any:
    """Show the plan and ask where there is somebody to ask; else go on."""

    def ask(outcome: Any) -> bool:
        from agentkit import prompts, report_update

        typer.echo(report_update.plan(outcome))
        return prompts.agree("Write this?")

    return ask if prompt else lambda outcome: True


def report(outcome: Any, format: Format, *, seen: bool = False, exit_code: bool = False) -> None:
    """Print what an update did, and exit with what that means.

    Of a plan that was `seen` only the end is printed.
    """
    from agentkit import report_update

    show = report_update.as_json if format is Format.json else report_update.text
    if seen and outcome.applied:
        show = report_update.closing
    typer.echo(show(outcome))
    if outcome.conflicts:
        raise typer.Exit(CONFLICTS)
    raise typer.Exit(NOTHING_TO_DO if exit_code and outcome.draft.empty else DONE)
